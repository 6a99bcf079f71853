Feature: Completion
  SUCCEEDED, FAILED and REJECTED are ends: reported once, believed for ever. The service takes the execution from the queue and
  tells the device what is next.

  Rule: The end is reported once

    @S028 @safe @F39 @F33 @aws
    Scenario: Two jobs are done one after the other
      Given the device is idle
      When a "succeeds" job is queued for the device
      Then the job execution ends as SUCCEEDED
      And the device takes the next job
      And the end of the job was reported once
      And the work was done once

  Rule: A job that cannot be done does not stand in the way of the next

    @S029 @safe @F55 @aws
    Scenario: The work fails at once
      Given the device is idle
      When a "fails" job is queued for the device
      Then the job execution ends as FAILED
      And the device takes the next job

    @S029 @policy.reports_reason @aws
    Scenario: The operator can read why the work failed
      Given the device is idle
      When a "fails" job is queued for the device
      Then the job execution ends as FAILED
      And the operator can read a reason

    @S030 @safe @F64 @F71 @aws
    Scenario: The document is unsuitable
      Given the device is idle
      When a "rejects" job is queued for the device
      Then the job execution ends as the profile says of the kind
      And no work was done for the job
      And the device takes the next job

    @S030 @F63 @policy.rejects_from_queued @aws
    Scenario: An unsuitable document is rejected before it is started
      Given the device is idle
      When a "rejects" job is queued for the device
      Then the job execution ends as REJECTED
      And the first report about the job says REJECTED

  Rule: The answer to the end may come late, out of order or not at all

    @S031 @S062 @F29 @policy.told_by
    Scenario: The next job is announced before the end is answered
      Given the device works on a "long" job
      And a second "succeeds" job is queued for the device
      And the answer to the end is held up
      When the work is let end
      And the answer to the end is being held
      And the device has been told of the second job
      And the held answer goes on
      Then the job execution ends as SUCCEEDED
      And the second job execution ends as SUCCEEDED
      And the work was done once
      And the work of the second job was done once

    @S034 @F18 @policy.reports_progress
    Scenario: Progress is unanswered when the work ends
      Given the device works on a "long" job
      And the answers to reports of progress are held up
      When an answer to progress is being held
      And the work is let end
      Then the job execution ends as SUCCEEDED
      And the work was done once
      When the held answers go on
      Then the device takes the next job

  Rule: The report before a reboot is not lost by the reboot

    @S032 @safe @F11 @F43 @policy.repeats_unanswered
    Scenario: The first report about a job that reboots the device is lost
      Given the device is idle
      And the first report about the job is lost
      When a "reboots" job is queued for the device
      Then the job execution ends as SUCCEEDED
      And the device booted for the job as often as its profile says
      And the device takes the next job

  Rule: The end is not lost with the agent that is stopped while it reports it

    @S033 @safe @F15 @F53
    Scenario: The agent is stopped before the report of the end has arrived
      Given the device works on a "long" job
      And the report of the end is held up
      When the work is let end
      And the report of the end is being held
      And the agent is stopped
      And the held report goes on
      And the agent is started again
      Then the job execution ends as a reboot after the work lets it end
      And the device takes the next job
      And the work was done as often as a reboot allows

    @S033 @safe @F15 @F53
    Scenario: The agent is stopped before the answer to the end has arrived
      Given the device works on a "long" job
      And the answer to the end is held up
      When the work is let end
      And the answer to the end is being held
      And the agent is stopped
      And the held answer goes on
      And the agent is started again
      Then the job execution ends as SUCCEEDED
      And the device takes the next job
      And no other end of the job was reported
      And the work was done once
