Feature: Duplicates and order
  AWS IoT delivers at least once and in any order. Twice heard is not twice ordered: an execution, named by jobId and
  executionNumber, is worked on once.

  Rule: An execution that is announced again is not run again

    @S056 @safe @F24 @policy.told_by
    Scenario: The announcement comes twice at once
      Given the device is idle
      And the announcement of the job is delivered twice
      When a "succeeds" job is queued for the device
      Then the job execution ends as SUCCEEDED
      And the device takes the next job
      And the work was begun at most once
      And the work was done once
      And no other end of the job was reported

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
