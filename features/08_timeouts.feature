Feature: Time-outs
  An operator may bound how long an execution is in progress; a device may set and renew a step timer. The timer that ends first
  makes the execution TIMED_OUT, and nothing can be reported about it any more. No message to the device names TIMED_OUT: it
  hears that the job is gone, or that its report is refused.

  Rule: An execution that has outlived its time is over, and the device goes on with the next job

    @S066 @safe @F56 @F65 @policy.reports_start
    Scenario Outline: The time runs out and the device is told that the job is gone
      Given the device works on a "long" job that may be in progress for 1 minute
      And a second "succeeds" job is queued <when>
      When 2 minutes pass for the service
      And the work is let end
      And the device has finished or dropped its work
      Then the job execution is TIMED_OUT
      And the device takes the second job
      And after the first refusal that says TIMED_OUT the device reports at most 2 more times

      Examples: The next job was queued
        | when              |
        | before the end    |
        | afterwards        |

    @S066 @F56 @policy.sets_step_timer @policy.cancels_step_timer.no
    Scenario: The step timer of the device runs out
      Given the device works on a "hangs" job
      When the service passes the end of the step timer
      And the device has finished or dropped its work
      Then the job execution is TIMED_OUT
      And the device takes the next job
      And after the first refusal that says TIMED_OUT the device reports at most 2 more times

    @S066 @F57 @policy.stops_ended_work @policy.reports_start
    Scenario: A device that promises it stops the work of an execution that is over
      Given the device works on a "long" job that may be in progress for 1 minute
      When 2 minutes pass for the service
      And the device has had its time to stop
      And the work is let end
      Then the device takes the next job
      And the work was never finished

    @S067 @safe @F65 @F22 @policy.reports_start
    Scenario Outline: The work lasts longer than the <minutes> minutes that the job may be in progress
      Given the device works on a "long" job that may be in progress for <minutes> minutes
      And the notifications about its end are lost
      And a second "succeeds" job is queued <next job>
      When <more> minutes pass for the service
      And the work is let end
      And the device has finished or dropped its work
      Then the job execution is TIMED_OUT
      And the device takes the second job
      And after the first refusal that says TIMED_OUT the device reports at most 2 more times
      And the work was begun at most once

      Examples: Bounds of inProgressTimeoutInMinutes
        | minutes | more  | next job          |
        | 1       | 2     | before the end    |
        | 1       | 2     | afterwards        |
        | 10080   | 10081 | afterwards        |

    @S269 @safe @F12 @F22 @policy.reports_start
    Scenario: The time runs out while the report of the end is on its way
      Given the device works on a "long" job that may be in progress for 1 minute
      And the report of the end is held up
      When the work is let end
      And the report of the end is being held
      And 2 minutes pass for the service
      And the held report goes on
      Then the device takes the next job
      And the job execution is TIMED_OUT
      And after the first refusal that says TIMED_OUT the device reports at most 2 more times
      And the work was begun at most once

    @S269 @safe @policy.reports_start
    Scenario: The time runs out while the answer to the end is on its way
      Given the device works on a "long" job that may be in progress for 1 minute
      And the answer to the end is held up
      When the work is let end
      And the answer to the end is being held
      And 2 minutes pass for the service
      And the held answer goes on
      Then the device takes the next job
      And the job execution is SUCCEEDED
      And the work was done once

    @S070 @safe @F59 @F10 @policy.reports_start
    Scenario: The time runs out while the link is down
      Given the device works on a "long" job that may be in progress for 1 minute
      And the link to the service is down
      And a second "succeeds" job is queued before the end
      When 2 minutes pass for the service
      And the work is let end
      And the link comes back
      Then the device takes the second job
      And the job execution is TIMED_OUT
      And after the first refusal that says TIMED_OUT the device reports at most 2 more times

    @S070 @safe @F59 @F22 @policy.reports_start
    Scenario: The time runs out while the link is down, and the work goes on when it comes back
      Given the device works on a "long" job that may be in progress for 1 minute
      And the link to the service is down
      When 2 minutes pass for the service
      And the link comes back
      And the work is let end
      And the device has finished or dropped its work
      Then the job execution is TIMED_OUT
      And the device takes the next job
      And after the first refusal that says TIMED_OUT the device reports at most 2 more times
      And the work was begun at most once

  Rule: A device that promises to renew its step timer does so in time

    @S068 @F66 @policy.sets_step_timer @policy.renews_step_timer
    Scenario: The work is three times as long as the step
      Given the service clock runs so fast that a step lasts twice as long as the device takes to renew it
      And the device works on a "long" job
      When three steps have passed for the service
      And the work is let end
      Then the job execution ends as SUCCEEDED
      And the device has set the step timer at least twice while it worked
      And no longer than a step lay between two settings

    @S073 @F13 @F66 @policy.sets_step_timer @policy.renews_step_timer @policy.repeats_unanswered
    Scenario Outline: One renewal is <lost>
      Given the service clock runs so fast that a step lasts long enough for the device to repeat a lost renewal
      And the device works on a "long" job
      And the next renewal of the step timer is <lost>
      When one and a half steps have passed for the service
      And the work is let end
      Then the job execution ends as SUCCEEDED
      And the work was done once

      Examples: On its way to the service
        | lost                  |
        | lost                  |
        | acknowledged and lost |

  Rule: A step timer does not move the time that the job may be in progress

    @S069 @safe @F65 @policy.reports_start
    Scenario: The step timer is set anew until the job's own time is over
      Given the device works on a "long" job that may be in progress for 20 minutes
      And a second "succeeds" job is queued for the device
      When 5 minutes pass for the service
      And another client sets a step timer of 7 minutes
      And 5 minutes pass for the service
      And another client sets a step timer of 15 minutes
      And 9 minutes pass for the service
      Then the job execution is IN_PROGRESS
      When 2 minutes pass for the service
      And the work is let end
      Then the job execution is TIMED_OUT
      And the device takes the second job

    @S072 @policy.cancels_step_timer @policy.reports_start
    Scenario: The step timer is cancelled, and the job's own time is over
      Given the device works on a "long" job that may be in progress for 20 minutes
      When the device has cancelled its step timer
      And 21 minutes pass for the service
      And the work is let end
      And the device has finished or dropped its work
      Then the job execution is TIMED_OUT
      And the device takes the next job
      And after the first refusal that says TIMED_OUT the device reports at most 2 more times

  Rule: The time that is left is told in seconds, and no device stumbles over it

    @S071 @safe @F84
    Scenario Outline: The service says that <seconds> seconds are left
      Given the device is idle
      And the service says that <seconds> seconds are left
      When a "succeeds" job is queued for the device
      Then the job execution ends as SUCCEEDED
      And the device takes the next job
      And the work was done once

      Examples: More than any job lasts
        | seconds    |
        | 604800     |
        | 2147483648 |

    @S071 @safe @F84
    Scenario: The service says that no time is left
      Given the device is idle
      And the service says that 0 seconds are left
      When a "succeeds" job is queued for the device
      And the device has finished or dropped its work
      And the service answers again
      And the operator clears the queue
      Then the device takes the next job
      And the device has not booted since

    @S071 @safe @F84
    Scenario: Seconds are not taken for milliseconds
      Given the service says that 600 seconds are left
      And the device works on a "long" job
      When a thousandth of those 600 seconds has passed
      And the work is let end
      Then the job execution ends as SUCCEEDED
      And the work was done once

    @S071 @F97 @policy.heeds_time_left.gives_up
    Scenario: A device that heeds the time gives up before it is over
      Given the device is idle
      And the service says that 2 seconds are left
      When a "long" job is queued for the device
      Then the job execution ends as giving up lets it end
      And the work was never finished
      And the device takes the next job

    @S071 @F97 @policy.heeds_time_left.renews
    Scenario: A device that heeds the time sets its step timer before it is over
      Given the service says that 2 seconds are left
      And the device works on a "long" job
      When the device has set its step timer anew
      And the work is let end
      Then the job execution ends as SUCCEEDED

  Rule: A device that promises to bound its work ends hung work before the service does

    @S074 @F52 @policy.limits_work_time @policy.reports_reason
    Scenario: The work hangs
      Given the device is idle
      When a "hangs" job is queued for the device
      Then the job execution ends as FAILED
      And the operator can read a reason
      And the device takes the next job
