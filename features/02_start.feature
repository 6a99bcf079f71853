Feature: Start
  An execution leaves QUEUED when the device asks for it with StartNextPendingJobExecution or reports IN_PROGRESS. The service
  may refuse, the operator may be faster with a cancel, and the answer may be lost on its way.

  Rule: A device that reports its start does so before it works

    @S009 @policy.reports_start @aws
    Scenario: The start is reported before the work begins
      Given the device is idle
      When a "succeeds" job is queued for the device
      Then the job execution ends as SUCCEEDED
      And the execution was in progress before it ended
      And no work began before the report of the start
      And the work was done once

    @S009 @policy.waits_for_start
    Scenario: The work waits for the answer to the start
      Given the device is idle
      And the answer to the start is held up
      When a "succeeds" job is queued for the device
      And the answer has been held for as long as the work takes
      Then no work was done for the job
      When the held answer goes on
      Then the job execution ends as SUCCEEDED
      And the work was done once

  Rule: Without an accepted start there is no work

    @S010 @F17 @policy.waits_for_start
    Scenario Outline: Every start is refused with <code>
      Given the device is idle
      And the service refuses every start with <code>
      When a "succeeds" job is queued for the device
      And the device has tried to start it as often as it wants, and the time that the work takes has passed
      And the operator cancels the job
      And the service takes starts again
      Then no work was done for the job
      And the device tried to start it at most as often as its profile says
      And the device takes the next job

      Examples: Refused for good
        | code           |
        | InvalidRequest |

      Examples: Refused for now
        | code             |
        | InternalError    |
        | RequestThrottled |

    @S011 @F56 @F58 @policy.waits_for_start @aws
    Scenario: The operator cancels between the notice and the start
      Given the device is idle
      And the start is held up
      When a "succeeds" job is queued for the device
      And the start is being held
      And the operator cancels the job
      And the held start goes on
      Then the device takes the next job
      And the job execution is CANCELED
      And no work was done for the job

  Rule: A start whose answer was lost is not lost

    @S012 @S246 @F45 @policy.reports_start
    Scenario: The start is stored and the link breaks before the answer
      Given the device is idle
      And the link breaks before the answer to the start
      When a "succeeds" job is queued for the device
      Then the job execution ends as a reconnect lets it end
      And the work was done at most once
      And the device takes the next job

    @S012 @S246 @F13 @policy.reports_start @policy.repeats_unanswered
    Scenario: The start is stored and its answer is lost
      Given the device is idle
      And the answer to the start is lost
      When a "succeeds" job is queued for the device
      Then the job execution ends as SUCCEEDED
      And the work was done once
      And the device takes the next job

    @S014 @F94 @policy.reports_start @policy.update_qos.1
    Scenario: The answer to the start overtakes its acknowledgement
      Given the device is idle
      And the acknowledgement of the start is held up until the answer to the start has passed
      When a "succeeds" job is queued for the device
      Then the job execution ends as SUCCEEDED
      And the work was done once
      And the device has not booted since

    @S204 @F06 @policy.reports_start @policy.waits_for_start.no
    Scenario: The work is over before the start is answered
      Given the device is idle
      And the answer to the start is held up
      When a "succeeds" job is queued for the device
      And the answer to the start is being held
      And the work has been done meanwhile
      And the held answer goes on
      Then the job execution ends as SUCCEEDED
      And the device takes the next job
      And the end of the job was reported once
      And the work was done once

  Rule: A name is never cut

    @S013 @safe @F75 @F81
    Scenario Outline: The name of the job has <length> characters
      Given the device is idle
      When a "succeeds" job with a name of <length> characters is queued for the device
      Then the job execution ends as SUCCEEDED
      And the work was done once

      Examples: Shortest and longest jobId
        | length |
        | 1      |
        | 64     |

    @S013 @safe @F74 @F81
    Scenario: Two jobs have long names that differ in the last character
      Given the device is idle
      When a "succeeds" job with a name of 64 characters is queued for the device
      And a second "succeeds" job whose name differs in the last character is queued for the device
      Then the job execution ends as SUCCEEDED
      And the second job execution ends as SUCCEEDED
      And the work was done once
      And the work of the second job was done once

  Rule: $next is a place to look, never the name of a job

    @S015 @F73 @policy.takes_jobs.describe
    Scenario: A device looks up its next job
      Given the device is idle
      When a "succeeds" job is queued for the device
      Then the job execution ends as SUCCEEDED
      And every report of the device names a job that it was given
      And the work was done once
