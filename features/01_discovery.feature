Feature: Discovery
  A job may be queued while a device is idle, busy, out of reach or switched off. AWS IoT Jobs tells it once, by notify and
  notify-next, and never again: what a device misses it has to ask for.

  Rule: An idle device takes up a job that it is told of

    @S001 @safe @F32 @aws
    Scenario: A job is queued for an idle device
      Given the device is idle
      When a "succeeds" job is queued for the device
      Then the device takes the job on the connection that it has
      And the job execution ends as SUCCEEDED
      And the work was done once

  Rule: A job that was queued while the device could not hear of it is found afterwards

    @S002 @safe @F31 @aws
    Scenario: A job was queued while the device was switched off
      Given the device is switched off
      And a "succeeds" job is queued for the device
      When the device is switched on
      Then the job execution ends as SUCCEEDED
      And the work was done once

    @S002 @safe @F31 @F36 @aws
    Scenario: Two jobs were queued while the device was switched off
      Given the device is switched off
      And a "succeeds" job is queued for the device
      And a second "succeeds" job is queued for the device
      When the device is switched on
      Then the job execution ends as SUCCEEDED
      And the second job execution ends as SUCCEEDED
      And the work was done once
      And the work of the second job was done once

    @S004 @safe @F31 @F87 @aws
    Scenario: A job was queued while the link was down
      Given the device is idle
      And the link to the service is down
      And a "succeeds" job is queued for the device
      When the link comes back
      Then the job execution ends as SUCCEEDED
      And the work was done once

    @S203 @safe @F45 @aws
    Scenario: An execution is in progress that the device does not remember
      Given the device is switched off
      And a "succeeds" job is queued for the device
      And another client starts the job
      When the device is switched on
      Then the job execution ends as a reboot lets it end
      And the work was begun at most once
      And the device takes the next job

    @S201 @F14 @F40 @policy.told_by @policy.repeats_unanswered
    Scenario: The first question after the announcement finds nothing yet
      Given the device is idle
      And the service answers the first question as if nothing were pending
      When a "succeeds" job is queued for the device
      Then the job execution ends as SUCCEEDED
      And the work was done once

    @S202 @F31 @F88 @policy.told_by @policy.session.clean
    Scenario: A job is queued before the subscription stands
      Given the device is idle
      And the link to the service is down
      And the subscription to notifications is held up
      When the link comes back
      And the subscription is being held
      And the device has had its time to ask
      And a "succeeds" job is queued for the device
      And the held subscription goes on
      Then the job execution ends as SUCCEEDED
      And the work was done once

    @S007 @safe @F29
    Scenario: Fifteen jobs are pending when the link comes back
      Given the device is idle
      And the link to the service is down
      And a "succeeds" job is queued for the device
      And 14 more "succeeds" jobs are queued for the device
      When the link comes back
      Then every job execution ends as SUCCEEDED
      And the work of every job was done once

    @S007 @policy.in_order
    Scenario: Pending jobs are taken in the service's order
      Given the device is idle
      And the link to the service is down
      And a "succeeds" job is queued for the device
      And 5 more "succeeds" jobs are queued for the device
      When the link comes back
      Then every job execution ends as SUCCEEDED
      And every report of the device keeps to the order in which the jobs were queued

  Rule: A message that says "nothing is pending" means rest

    @S003 @safe @F38
    Scenario: The empty notification comes after a long document
      Given the device is idle
      When a "padded" job is queued for the device
      And the job execution has ended as SUCCEEDED
      And the device has been told that nothing is pending
      Then the device takes the next job
      And no report of the device has named the job since
      And the work was done once

    @S003 @safe @F37
    Scenario: The empty notification comes out of the blue
      Given the device is idle
      When the network delivers empty notifications
      Then the device takes the next job
      And the device has not booted since

    @S008 @safe @F40 @aws
    Scenario: Nothing happens after an empty answer
      Given the device is idle
      When a "succeeds" job is queued for the device
      And the job execution has ended as SUCCEEDED
      And the device has been told that nothing is pending
      And the device has had time for three questions
      Then every question of the device comes no sooner than its profile says
      And the device takes the next job

  Rule: A job for somebody else does not starve the ones behind it

    @S006 @F30 @F71 @aws
    Scenario Outline: A job for somebody else is turned down
      Given the device is idle
      When a "foreign" job is queued for the device
      And a second "succeeds" job is queued for the device
      Then the job execution ends as <end>
      And the second job execution ends as SUCCEEDED
      And no work was done for the job
      And the work of the second job was done once

      @policy.foreign_jobs.rejected
      Examples: For a device that rejects it
        | end      |
        | REJECTED |

      @policy.foreign_jobs.failed
      Examples: For a device that lets it fail
        | end    |
        | FAILED |

    @S006 @F30 @F71 @policy.foreign_jobs.left @aws
    Scenario: A job for somebody else is left in the queue
      Given the device is idle
      When a "foreign" job is queued for the device
      And the device has had its time to ask
      And a second "succeeds" job is queued for the device
      Then the second job execution ends as SUCCEEDED
      And the job execution is QUEUED
      And no report of the device has named the job
      And no work was done for the job
      And the work of the second job was done once

    @S006 @F30 @F71 @policy.foreign_jobs.left @aws
    Scenario: A job for somebody else is in progress
      Given the device is idle
      When a "foreign" job is queued for the device
      And the device has had its time to ask
      And another client starts the job
      And a second "succeeds" job is queued for the device
      Then the second job execution ends as SUCCEEDED
      And the job execution is IN_PROGRESS
      And no report of the device has named the job
      And no work was done for the job
      And the work of the second job was done once

  Rule: The end of a job makes room for the one behind it

    @S005 @safe @F52 @F58 @aws
    Scenario: A job is queued behind the one that the device works on
      Given the device works on a "long" job
      And a second "succeeds" job is queued for the device
      When the work is let end
      Then the job execution ends as SUCCEEDED
      And the second job execution ends as SUCCEEDED
      And the work was done once
      And the work of the second job was done once
      And the device has not booted since
