Feature: The UpdateJobExecution request
  A device reports with UpdateJobExecution. Its request page names ten members: jobId and thingName stand in the topic;
  status is obligatory; clientToken, executionNumber, expectedVersion, includeJobDocument, includeJobExecutionState,
  statusDetails and stepTimeoutInMinutes are free. What a device sends of them, it sends rightly; a member that it never sends
  is skipped.

  Rule: Every report says a status, and only one that a device may say

    @S016 @safe @F63 @aws
    Scenario Outline: A "<kind>" job is reported
      Given the device is idle
      When a "<kind>" job is queued for the device
      Then the job execution ends as the profile says of the kind
      And every report of the device says IN_PROGRESS, SUCCEEDED, FAILED or REJECTED
      And no report of the device was refused with InvalidRequest or InvalidJson

      Examples: Ends that a device reports
        | kind     |
        | succeeds |
        | fails    |
        | rejects  |

    @S016 @safe @aws
    Scenario: A job is reported while it goes on
      Given the device works on a "long" job
      When the work is let end
      Then the job execution ends as SUCCEEDED
      And every report of the device says IN_PROGRESS, SUCCEEDED, FAILED or REJECTED
      And no report of the device was refused with InvalidRequest or InvalidJson

  Rule: jobId and thingName stand in the topic, whole

    @S016 @safe @F20 @aws
    Scenario: Each report goes to the topic of this thing and of the job that it is about
      Given the device works on a "long" job
      And a second "succeeds" job is queued for the device
      When the work is let end
      Then the job execution ends as SUCCEEDED
      And the second job execution ends as SUCCEEDED
      And every report of the device names a job that it was given
      And every report of the device agrees with its topic where it repeats thingName or jobId

  Rule: A clientToken names one request at a time

    @S017 @F102 @F69 @policy.sends_client_token.unique @policy.reports_progress
    Scenario: Answers come late and requests overlap
      Given the device works on a "long" job
      And the answers to reports of progress are held up
      When an answer to progress is being held
      And the work is let end
      Then the job execution ends as SUCCEEDED
      And every report of the device has a clientToken of its own while it waits for its answer
      And every report of the device has no empty clientToken
      When the held answers go on
      Then the device takes the next job

    @S018 @policy.pairs_by_token @policy.waits_for_start
    Scenario: A refusal with a strange token comes before the answer to the start
      Given the device is idle
      And a refusal with a strange token comes before the answer to the start
      When a "succeeds" job is queued for the device
      Then the job execution ends as SUCCEEDED
      And the work was done once

    @S018 @policy.pairs_by_token
    Scenario: A refusal with a strange token comes before the answer to the end
      Given the device is idle
      And a refusal with a strange token comes before the answer to the end
      When a "succeeds" job is queued for the device
      Then the job execution ends as SUCCEEDED
      And the work was done once
      And the device takes the next job

    @S019 @F102 @policy.pairs_by_token @policy.reports_progress.free
    Scenario: The answer to progress is overtaken by the answer to the end
      Given the device works on a "long" job
      And the answer to the next report of progress is held up until the answer to the end has passed
      When an answer to progress is being held
      And the work is let end
      Then the job execution ends as SUCCEEDED
      And the device takes the next job
      And the end of the job was reported once
      And the work was done once

  Rule: An expectedVersion is the version that the service holds

    @S020 @F02 @F09 @policy.sends_expected_version @aws
    Scenario: Nobody else writes
      Given the device works on a "long" job
      When the work is let end
      Then the job execution ends as SUCCEEDED
      And no report of the device was refused with VersionMismatch
      And the device takes the next job

    @S044 @F08 @policy.sends_expected_version.never @aws
    Scenario: A device without expectedVersion is not troubled by other writers
      Given the device works on a "long" job
      When another client reports progress for the job
      And the work is let end
      Then the job execution ends as SUCCEEDED
      And no report of the device was refused
      And the work was done once

  Rule: An executionNumber is that of the execution which the device was given

    @S021 @F28 @policy.sends_execution_number
    Scenario: A failed job is queued once more by the service
      Given the device is idle
      When a "fails" job that may be tried once more is queued for the device
      Then execution 2 of the job ends as FAILED
      And no report of the device was refused with ResourceNotFound

  Rule: statusDetails is a flat object of strings that the service can store

    @S022 @F67 @safe @aws
    Scenario: The work fails after a long error text
      Given the device is idle
      When a "noisy" job is queued for the device
      Then the job execution ends as the profile says of the kind
      And no report of the device was refused with InvalidRequest or InvalidJson
      And the device takes the next job

    @S023 @F68 @F69 @policy.sends_details @aws
    Scenario Outline: A "<kind>" job is reported with details
      Given the device is idle
      When a "<kind>" job is queued for the device
      Then the job execution ends as the profile says of the kind
      And every report of the device has a flat object of non-empty strings as statusDetails, or none

      Examples: Kinds that have something to tell
        | kind     |
        | succeeds |
        | fails    |
        | rejects  |

    @S024 @F76 @policy.reports_progress @aws
    Scenario: Progress is told of work that goes on
      Given the device works on a "long" job
      When the device has told progress twice
      And the work is let end
      Then the job execution ends as SUCCEEDED
      And every report of the device tells progress that neither shrinks nor is more than the whole

  Rule: includeJobExecutionState and includeJobDocument are true or false, and their answer is believed

    @S025 @F07 @policy.asks_state @policy.reports_progress @policy.sends_expected_version
    Scenario: The state in an answer is believed
      Given the device works on a "long" job
      When another client reports progress for the job
      And the work is let end
      Then the job execution ends as SUCCEEDED
      And the work was done once

  Rule: A step timer is one that a device may set

    @S027 @F66 @policy.sets_step_timer @policy.cancels_step_timer.no
    Scenario: The device sets a step timer at its start
      Given the device works on a "long" job
      When the service is asked how much time is left
      Then no more time is left than the device has set
      When the work is let end
      Then the job execution ends as SUCCEEDED

    @S027 @policy.cancels_step_timer
    Scenario: The device cancels its step timer
      Given the device works on a "long" job
      When the device has cancelled its step timer
      And 10080 minutes pass for the service
      And the work is let end
      Then the job execution ends as SUCCEEDED
