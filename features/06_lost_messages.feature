Feature: Lost messages
  A link may break at any moment, and a service may be silent for a while. An acknowledgement is the broker's word for one
  packet; only the answer says that the report is stored. What was lost is said again: by a device that waits for answers
  soon after, by every device at the latest when the network has renewed the link.

  Rule: A report of the end that the service never saw is made again

    @S046 @F10 @F12 @policy.repeats_unanswered
    Scenario: The report of the end is lost and the link stays
      Given the device works on a "long" job
      And the report of the end is lost
      When the work is let end
      Then the job execution ends as SUCCEEDED
      And no other end of the job was reported
      And the work was done once

    @S046 @safe @F10 @F12
    Scenario: The report of the end is lost and the link is renewed
      Given the device works on a "long" job
      And the report of the end is lost
      When the work is let end
      And the report of the end has been lost
      And the link drops and comes back
      Then the job execution ends as SUCCEEDED
      And no other end of the job was reported
      And the work was done once

    @S046 @S036 @safe @F10 @F12
    Scenario: The link breaks together with the report of the end
      Given the device works on a "long" job
      And the link breaks before the report of the end
      When the work is let end
      Then the job execution ends as SUCCEEDED
      And the work was done once
      And at most as many reports were refused as its profile says

    @S050 @F10 @F46 @policy.after_reboot
    Scenario: The work is done while the link is down, and then the power is cut
      Given the device works on a "long" job
      And the link to the service is down
      When the work is let end
      And the work has been done and its result is safe
      And the device is switched off
      And the link comes back
      And the device is switched on
      Then the job execution ends as a reboot after the work lets it end
      And the device takes the next job
      And the work was done as often as a reboot allows

  Rule: A device whose report of the end is stored goes on, answer or not

    @S047 @safe @F13
    Scenario: The end is stored and its answer is lost
      Given the device works on a "long" job
      And the answer to the end is lost
      When the work is let end
      Then the job execution ends as SUCCEEDED
      And the device takes the next job
      And the device reports each status at most as often as its profile says
      And no other end of the job was reported
      And the work was done once

    @S047 @safe @F13
    Scenario: Neither the answer to the end nor a notification comes
      Given the device works on a "long" job
      And the answer to the end is lost
      And the notifications about its end are lost
      When the work is let end
      Then the job execution ends as SUCCEEDED
      And the device takes the next job
      And the device reports each status at most as often as its profile says
      And no other end of the job was reported
      And the work was done once

    @S047 @safe @F13
    Scenario: The answer to the end is lost and the link is renewed
      Given the device works on a "long" job
      And the answer to the end is lost
      When the work is let end
      And the answer to the end has been lost
      And the link drops and comes back
      Then the job execution ends as SUCCEEDED
      And the device takes the next job
      And the device reports each status at most as often as its profile says
      And no other end of the job was reported
      And the work was done once

    @S049 @F16 @policy.update_qos.1
    Scenario: The end is stored and answered, and its acknowledgement is lost
      Given the device works on a "long" job
      And the acknowledgement of the end is lost
      When the work is let end
      And the acknowledgement of the end has been lost
      And the link drops and comes back
      Then the device takes the next job
      And no other end of the job was reported
      And the device reports each status at most as often as its profile says
      And the work was done once

    @S049 @F16 @policy.update_qos.1 @policy.session.persistent
    Scenario: The acknowledgement of the end and its answer are lost
      Given the device works on a "long" job
      And the answer to the end is lost
      And the acknowledgement of the end is lost
      When the work is let end
      And the acknowledgement of the end has been lost
      And the link drops and comes back
      Then the report of the end was sent again as the same message
      And the device takes the next job
      And no other end of the job was reported
      And the device reports each status at most as often as its profile says
      And the work was done once

  Rule: A refusal that is lost is not taken for a yes

    @S051 @F13 @policy.repeats_unanswered
    Scenario: The refusal that says CANCELED is lost and the link stays
      Given the device works on a "long" job
      And the notifications about its end are lost
      And the report of the end is held up
      And the refusal of a report is lost
      When the work is let end
      And the report of the end is being held
      And the operator force-cancels the job
      And the held report goes on
      Then the device takes the next job
      And the device reports each status at most as often as its profile says

    @S051 @safe @F13
    Scenario: The refusal that says CANCELED is lost and the link is renewed
      Given the device works on a "long" job
      And the notifications about its end are lost
      And the report of the end is held up
      And the refusal of a report is lost
      When the work is let end
      And the report of the end is being held
      And the operator force-cancels the job
      And the held report goes on
      And the refusal of a report has been lost
      And the link drops and comes back
      Then the device takes the next job
      And the device reports each status at most as often as its profile says

    @S051 @F13 @policy.sends_expected_version @policy.repeats_unanswered
    Scenario: The VersionMismatch is lost and the link stays
      Given the device works on a "long" job
      And the report of the end is held up
      And the refusal of a report is lost
      When the work is let end
      And the report of the end is being held
      And another client reports progress for the job
      And the held report goes on
      Then the job execution ends as SUCCEEDED
      And the work was done once

    @S051 @F13 @policy.sends_expected_version
    Scenario: The VersionMismatch is lost and the link is renewed
      Given the device works on a "long" job
      And the report of the end is held up
      And the refusal of a report is lost
      When the work is let end
      And the report of the end is being held
      And another client reports progress for the job
      And the held report goes on
      And the refusal of a report has been lost
      And the link drops and comes back
      Then the job execution ends as SUCCEEDED
      And the work was done once

  Rule: Silence is borne for a while, and what comes after it is heard

    @S048 @safe @F13 @F39
    Scenario: Answers to reports stop for a while
      Given the device is idle
      And the answers to its reports are lost
      When a "succeeds" job is queued for the device
      And the device has tried as often as it wants
      Then the device reports each status at most as often as its profile says
      When the service answers again
      And the link drops and comes back
      Then the job execution ends as a device without answers may end it
      And the work was done at most once
      And the device takes the next job

    @S053 @F14 @policy.repeats_unanswered
    Scenario: The answer to the first question after the boot is lost and the link stays
      Given the device is switched off
      And a "succeeds" job is queued for the device
      And the answer to its next question is lost
      When the device is switched on
      Then the job execution ends as a reconnect lets it end
      And the work was done at most once
      And the device takes the next job

    @S053 @safe @F14
    Scenario: The answer to the first question after the boot is lost and the link is renewed
      Given the device is switched off
      And a "succeeds" job is queued for the device
      And the answer to its next question is lost
      When the device is switched on
      And the answer to its next question has been lost
      And the link drops and comes back
      Then the job execution ends as a reconnect lets it end
      And the work was done at most once
      And the device takes the next job

    @S053 @safe @F14
    Scenario: The answer to the first question at the new connection is lost
      Given the link to the service is down
      And a "succeeds" job is queued for the device
      And the answer to its next question is lost
      When the link comes back
      And the answer to its next question has been lost
      And the link drops and comes back
      Then the job execution ends as a reconnect lets it end
      And the work was done at most once
      And the device takes the next job

    @S054 @F24 @policy.repeats_unanswered @policy.reports_start
    Scenario: The answer to the start comes after the answer to its repeat
      Given the device is idle
      And the answer to the start is held up until the answer to a second start has passed
      When a "succeeds" job is queued for the device
      Then the job execution ends as SUCCEEDED
      And the device takes the next job
      And the work was begun at most once
      And the work was done once
      And no other end of the job was reported

    @S054 @F13 @policy.repeats_unanswered
    Scenario: The answer to the end comes after the answer to its repeat
      Given the device works on a "long" job
      And the answer to the end is held up until the answer to a second report of the end has passed
      When the work is let end
      Then the job execution ends as SUCCEEDED
      And the device takes the next job
      And the work was begun at most once
      And the work was done once
      And no other end of the job was reported

  Rule: What could not be said about one job is never said about another

    @S052 @safe @F23
    Scenario: The operator cancels a job whose failure could not be reported
      Given the device is idle
      And the report of the end is held up
      When a "fails" job is queued for the device
      And the report of the end is being held
      And the link to the service is down
      And the operator force-cancels the job
      And the held report goes on
      And a second "succeeds" job is queued for the device
      And the link comes back
      Then the second job execution ends as SUCCEEDED
      And the work of the second job was done once
      And the device reports each status at most as often as its profile says

  Rule: A job that the device has no room for is refused, not swallowed

    @S055 @F21 @policy.ends_without_space
    Scenario: There is no space for the job
      Given the device is idle
      And the storage of the device is full
      When a "needs_space" job is queued for the device
      Then the job execution ends as FAILED or REJECTED, or as SUCCEEDED with its work done
      When the storage of the device is free again
      Then the device takes the next job

    @S055 @F21 @policy.ends_without_space.no
    Scenario: The job waits until there is space for it
      Given the device is idle
      And the storage of the device is full
      When a "needs_space" job is queued for the device
      And the storage of the device is free again
      Then the job execution ends as FAILED or REJECTED, or as SUCCEEDED with its work done
      And the device takes the next job
