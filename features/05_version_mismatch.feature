Feature: Version mismatch
  The service keeps a version with every job execution: 1 when it is queued, one more with every update that it accepts. A
  device may name the version it believes in (expectedVersion). If somebody else was faster, the service answers
  VersionMismatch, tells the present state, and changes nothing.

  Rule: A device whose version is out of date learns the present one and finishes the job

    @S035 @F01 @policy.sends_expected_version @aws
    Scenario: Another writer is faster just before the end
      Given the device is idle
      And the report of the end is held up
      When a "succeeds" job is queued for the device
      And the report of the end is being held
      And another client reports progress for the job
      And the held report goes on
      Then the service refuses a report of the device with VersionMismatch
      And the job execution ends as SUCCEEDED
      And the work was done once

    @S035 @F01 @policy.sends_expected_version @aws
    Scenario: Another writer is faster while the device works
      Given the device works on a "long" job
      When another client reports progress for the job
      And the work is let end
      Then the job execution ends as SUCCEEDED
      And the work was done once

    @S036 @safe @F01 @F10
    Scenario: The link drops and comes back while the device works
      Given the device works on a "long" job
      When the link drops and comes back
      And the work is let end
      Then the job execution ends as SUCCEEDED
      And the device takes the next job
      And the work was done once
      And at most as many reports were refused as its profile says

    @S036 @safe @F01
    Scenario: What the device asks at the new connection is answered after its report of the end
      Given the device works on a "long" job
      And the link to the service is down
      And the answer to its next question is held up until the report of the end has passed
      When the link comes back
      And the answer to its next question is being held
      And the work is let end
      Then the job execution ends as SUCCEEDED
      And the device takes the next job
      And the work was done once
      And at most as many reports were refused as its profile says

    @S235 @F06 @policy.sends_expected_version @policy.reports_progress.free
    Scenario: The refusal names a lower version than the device believes
      Given the device works on a "long" job
      And the next report of progress is acknowledged and lost
      When the next report of progress has been lost
      And the work is let end
      Then the job execution ends as SUCCEEDED
      And at most as many reports were refused as its profile says
      And the work was done once

  Rule: A device gives up on a version that it cannot win

    @S037 @F03 @policy.sends_expected_version @aws
    Scenario: Somebody is faster at every report
      Given the device works on a "long" job
      And another client is faster at every report that names a version
      When the work is let end
      And the device has tried as often as it wants
      And the operator clears the queue
      Then the device takes the next job
      And the device reports each status at most as often as its profile says
      And the work was begun at most once

  Rule: A refusal that tells an end is an end

    @S038 @safe @F04 @F56 @aws
    Scenario: The refusal says CANCELED
      Given the device works on a "long" job
      And the notifications about its end are lost
      And the report of the end is held up
      When the work is let end
      And the report of the end is being held
      And the operator force-cancels the job
      And the held report goes on
      Then the device takes the next job
      And the job execution is CANCELED
      And after the first refusal that says CANCELED the device reports the end at most 1 more time

    @S038 @safe @F04 @aws
    Scenario: The refusal says FAILED
      Given the device works on a "long" job
      And the notifications about its end are lost
      And the report of the end is held up
      When the work is let end
      And the report of the end is being held
      And another client reports FAILED for the job
      And the held report goes on
      Then the device takes the next job
      And the job execution is FAILED
      And after the first refusal that says FAILED the device reports the end at most 1 more time

    @S039 @safe @F03 @F39
    Scenario: The report of the end arrives twice and only the refusal is heard
      Given the device works on a "long" job
      And the report of the end is delivered twice
      And the answer to the end is lost
      When the work is let end
      Then the job execution ends as SUCCEEDED
      And the device takes the next job
      And no other end of the job was reported
      And the device reports each status at most as often as its profile says
      And the work was done once

  Rule: A version is learnt, never a constant

    @S040 @F02 @policy.sends_expected_version
    Scenario: The service counts from 5
      Given the device is idle
      And the service counts versions from 5
      When a "succeeds" job is queued for the device
      Then the job execution ends as SUCCEEDED
      And no report of the device was refused with VersionMismatch
      And the work was done once

    @S045 @policy.sends_expected_version
    Scenario: The service counts from beyond 2^31
      Given the device is idle
      And the service counts versions from 2147483649
      When a "succeeds" job is queued for the device
      And the device has tried as often as it wants
      And the operator clears the queue
      And the service counts from 1 again
      Then every report of the device names a version that it was told, or none
      And the device takes the next job

    @S043 @F07 @policy.sends_expected_version @policy.told_by
    Scenario: The notifications name no version
      Given the device is idle
      And a "succeeds" job is queued for the device
      And the job execution has ended as SUCCEEDED
      And the notifications name no version
      When a second "succeeds" job is queued for the device
      And the device has tried the second job as often as it wants
      And the link drops and comes back
      Then the second job execution ends as SUCCEEDED
      And every report of the device names a version that it was told, or none

    @S041 @F05 @policy.sends_expected_version
    Scenario: The work is a reboot
      Given the device is idle
      When a "reboots" job is queued for the device
      Then the job execution ends as SUCCEEDED
      And at most 1 report was refused with VersionMismatch since the boot
      And the device booted for the job as often as its profile says

    @S041 @F05 @F45 @policy.sends_expected_version @policy.after_reboot
    Scenario: The power is cut while the device works
      Given the device works on a "long" job
      When the power is cut and comes back
      And the work is let end
      Then the job execution ends as a reboot lets it end
      And at most 1 report was refused with VersionMismatch since the boot

    @S042 @F06 @policy.reports_progress @policy.sends_expected_version
    Scenario: An answer comes late while the work goes on
      Given the device works on a "long" job
      And the answers to reports of progress are held up
      When an answer to progress is being held
      And the held answers go on
      And the work is let end
      Then the job execution ends as SUCCEEDED
      And at most as many reports were refused as its profile says
      And the work was done once

    @S042 @F06 @policy.reports_progress @policy.sends_expected_version
    Scenario: No answer comes while the work goes on
      Given the device works on a "long" job
      And the answers to reports of progress are lost
      When an answer to progress has been lost
      And the work is let end
      Then the job execution ends as SUCCEEDED
      And at most as many reports were refused as its profile says
      And the work was done once
