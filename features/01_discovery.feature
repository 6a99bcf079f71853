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
