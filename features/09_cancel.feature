Feature: Cancel
  An operator may cancel an execution. A queued one is then CANCELED; a running one only when the operator forces it. No message
  to the device says CANCELED: it hears that the job is gone, or that its report is refused.

  Rule: A device that promises it stops the work of a cancelled execution

    @S075 @F57 @policy.stops_ended_work @aws
    Scenario: The operator force-cancels while the device works
      Given the device works on a "long" job
      When the operator force-cancels the job
      And the device has had its time to stop
      And the work is let end
      Then the device takes the next job
      And the work was never finished
      And the job execution is CANCELED
      And after the first refusal that says CANCELED the device reports at most 2 more times

  Rule: A cancelled job makes room for the next one

    @S076 @safe @F56 @F58 @aws
    Scenario Outline: The device is told that the job is gone, and the next was queued <when>
      Given the device works on a "long" job
      And a second "succeeds" job is queued <when>
      When the operator force-cancels the job
      And the work is let end
      And the device has finished or dropped its work
      Then the device takes the second job
      And the job execution is CANCELED
      And after the first refusal that says CANCELED the device reports at most 2 more times
      And the work was begun at most once

      Examples: The next job was queued
        | when              |
        | before the end    |
        | afterwards        |

    @S076 @safe @F56 @F58 @aws
    Scenario Outline: The device learns it only from the refusal, and the next was queued <when>
      Given the device works on a "long" job
      And the notifications about its end are lost
      And a second "succeeds" job is queued <when>
      When the operator force-cancels the job
      And the work is let end
      And the device has finished or dropped its work
      Then the device takes the second job
      And the job execution is CANCELED
      And after the first refusal that says CANCELED the device reports at most 2 more times
      And the work was begun at most once

      Examples: The next job was queued
        | when              |
        | before the end    |
        | afterwards        |

    @S079 @safe @F59 @F56
    Scenario: The job is cancelled and another queued while the link is down
      Given the device works on a "long" job
      And the link to the service is down
      When the operator force-cancels the job
      And a second "succeeds" job is queued for the device
      And the work is let end
      And the link comes back
      Then the device takes the second job
      And the job execution is CANCELED
      And after the first refusal that says CANCELED the device reports at most 2 more times

  Rule: A job that was cancelled before its start is never done

    @S077 @F17 @F33 @policy.one_at_a_time @aws
    Scenario: A queued job is cancelled behind the one that the device works on
      Given the device works on a "long" job
      And a second "succeeds" job is queued for the device
      When the operator cancels the second job
      And the work is let end
      Then the job execution ends as SUCCEEDED
      And the device takes the next job
      And no work was done for the second job
      And the work was done once

  Rule: A cancel without force leaves running work alone

    @S078 @safe @F33 @F62 @policy.reports_start @aws
    Scenario: The operator cancels without force while the device works
      Given the device works on a "long" job
      When the operator tries to cancel the execution without force
      And a second "succeeds" job is queued for the device
      And the work is let end
      Then the job execution ends as SUCCEEDED
      And the second job execution ends as SUCCEEDED
      And the work was done once
