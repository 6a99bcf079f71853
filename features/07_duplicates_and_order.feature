Feature: Duplicates and order
  AWS IoT delivers at least once and in any order. Twice heard is not twice ordered: an execution, named by jobId and
  executionNumber, is worked on once.

  Rule: An execution that is announced again is not run again

    @S056 @S058 @safe @F24 @F26 @policy.told_by
    Scenario Outline: The announcement comes <often> at once
      Given the device is idle
      And the announcement of the job is delivered <often>
      When a "succeeds" job is queued for the device
      Then the job execution ends as SUCCEEDED
      And the device takes the next job
      And the work was begun at most once
      And the work was done once
      And no other end of the job was reported

      Examples: Copies with packet ids of their own
        | often      |
        | twice      |
        | four times |

    @S056 @safe @F24 @policy.told_by
    Scenario: The announcement comes again while the device works
      Given the device works on a "long" job
      When the announcement of the job is delivered once more
      And the work is let end
      Then the job execution ends as SUCCEEDED
      And the device takes the next job
      And the work was begun at most once
      And the work was done once
      And no other end of the job was reported

    @S056 @safe @F24 @policy.told_by
    Scenario: The announcement comes again after the end
      Given the device works on a "long" job
      And the work is let end
      And the job execution has ended as SUCCEEDED
      When the announcement of the job is delivered once more
      Then the device takes the next job
      And the work was begun at most once
      And the work was done once
      And no other end of the job was reported

    @S057 @safe @F25 @policy.told_by
    Scenario: The announcement comes again with another signature in its URL while the device works
      Given the device works on a "download" job
      When the announcement of the job is delivered once more with another signature in its URL
      And the work is let end
      Then the job execution ends as SUCCEEDED
      And the device takes the next job
      And the work was begun at most once
      And the work was done once

    @S057 @safe @F25 @policy.told_by
    Scenario: The announcement comes again with another signature in its URL after the end
      Given the device works on a "download" job
      And the work is let end
      And the job execution has ended as SUCCEEDED
      When the announcement of the job is delivered once more with another signature in its URL
      Then the device takes the next job
      And the work was begun at most once
      And the work was done once

    @S059 @safe @F34 @F35 @policy.told_by @policy.after_reboot
    Scenario: The announcement and the answer come twice after a restart
      Given the device works on a "long" job
      And the device is switched off
      And the answer that hands out the job is delivered twice
      When the device is switched on
      And the announcement of the job is delivered once more
      And the work is let end
      Then the job execution ends as a reboot lets it end
      And the device takes the next job
      And the work was begun at most once since the boot
      And the work was done at most once
      And no other end of the job was reported

  Rule: What a device hears about the job that it works on does not stop the work

    @S060 @F35 @policy.told_by @policy.reports_start
    Scenario Outline: The announcement comes once more right <place> the answer to the start
      Given the device is idle
      And the announcement of the job comes once more right <place> the answer to the start
      When a "succeeds" job is queued for the device
      Then the job execution ends as SUCCEEDED
      And the device takes the next job
      And the work was begun at most once
      And the work was done once
      And no other end of the job was reported

      Examples: In the same moment
        | place  |
        | before |
        | behind |

    @S063 @safe @F33 @policy.told_by
    Scenario: The device hears of its own job as one in progress
      Given the device works on a "long" job
      When the announcement of the job is delivered once more as one in progress
      And the work is let end
      Then the job execution ends as SUCCEEDED
      And the device takes the next job
      And the work was begun at most once
      And the work was done once
      And no other end of the job was reported

  Rule: An old announcement does not bring back what is over

    @S064 @F41 @F17 @policy.told_by @policy.waits_for_start
    Scenario: The announcement of a cancelled job comes while the device works on the next
      Given the device is idle
      And the announcement of the job is held up
      When a "succeeds" job is queued for the device
      And the operator is in time to cancel the job
      And a second "long" job is queued for the device
      And the device works on the second job
      And the held announcement goes on
      And the work of the second job is let end
      Then the second job execution ends as SUCCEEDED
      And the device takes the next job
      And no work was done for the job
      And the work of the second job was done once

    @S064 @F41 @F17 @policy.told_by @policy.waits_for_start
    Scenario: The announcement of a cancelled job comes after the end of the next
      Given the device is idle
      And the announcement of the job is held up
      When a "succeeds" job is queued for the device
      And the operator is in time to cancel the job
      And a second "succeeds" job is queued for the device
      And the second job execution has ended as SUCCEEDED
      And the held announcement goes on
      Then the device takes the next job
      And the job execution is CANCELED
      And no work was done for the job
      And at most as many reports were refused as its profile says
      And the work of the second job was done once

    @S256 @F18 @policy.reports_progress.free
    Scenario: A report of progress is overtaken by the report of the end
      Given the device works on a "long" job
      And the next report of progress is held up until the report of the end has passed
      When a report of progress is being held
      And the work is let end
      Then the job execution ends as SUCCEEDED
      And the device takes the next job
      And no other end of the job was reported
      And the work was done once

  Rule: An answer that comes twice is one answer

    @S065 @safe @F36 @F39
    Scenario Outline: <answer> comes twice
      Given the device is idle
      And <answer> is delivered twice
      When a "succeeds" job is queued for the device
      Then the job execution ends as SUCCEEDED
      And the device takes the next job
      And the device reports each status at most as often as its profile says
      And the work was begun at most once
      And the work was done once

      Examples: For every device
        | answer                            |
        | the answer that hands out the job |
        | the answer to the end             |

      @policy.reports_start
      Examples: For one that reports its start
        | answer                  |
        | the answer to the start |

    @S065 @F36 @policy.reports_progress
    Scenario: The answers to reports of progress come twice
      Given the device works on a "long" job
      And the answers to reports of progress are delivered twice
      When an answer to progress has been delivered twice
      And the work is let end
      Then the job execution ends as SUCCEEDED
      And the device takes the next job
      And the device reports each status at most as often as its profile says
      And the work was done once

  Rule: Another execution is another order, however alike the two are

    @S061 @safe @F28 @aws
    Scenario: The operator lets a continuous job run once more
      Given the device is idle
      When a continuous "succeeds" job is queued for the group of the device
      And the job execution has ended as SUCCEEDED
      And the operator takes the device out of the group and puts it back
      Then execution 2 of the job ends as SUCCEEDED
      And the work was done twice
      And no report of the device was refused with ResourceNotFound

    @S257 @safe @F25 @aws
    Scenario: A job with the same document is queued after the first has ended
      Given the device is idle
      When a "succeeds" job is queued for the device
      And the job execution has ended as SUCCEEDED
      And a second "succeeds" job with the same document is queued for the device
      Then the second job execution ends as SUCCEEDED
      And the work was done twice

    @S257 @safe @F25 @aws
    Scenario: A job with the same document is queued while the device works
      Given the device works on a "long" job
      And a second "long" job with the same document is queued for the device
      When the work is let end
      Then the job execution ends as SUCCEEDED
      And the second job execution ends as SUCCEEDED
      And the work was done twice

  Rule: The end of one job is not taken for that of the next

    @S062 @safe @F29 @F55
    Scenario: The answer to the end is lost, and the next job was queued while the device worked
      Given the device works on a "long" job
      And a second "long" job is queued for the device
      And the answer to the end is lost
      When the work is let end
      And the device works on the second job
      And the work of the second job is let end
      Then the job execution ends as SUCCEEDED
      And the second job execution ends as SUCCEEDED
      And the work of the second job was done before its end was reported
      And the work was done once
      And the work of the second job was done once

    @S062 @safe @F29 @F55
    Scenario: The answer to a failure is lost, and the next job was queued before
      Given the device is idle
      And the answer to the end is lost
      When a "fails" job is queued for the device
      And a second "succeeds" job is queued for the device
      Then the job execution ends as FAILED
      And the second job execution ends as SUCCEEDED
      And no other end of the job was reported
      And the work of the second job was done before its end was reported
      And the work of the second job was done once
