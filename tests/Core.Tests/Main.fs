/// Runs every list that has the attribute Tests, or those that an argument names, as `--filter-test-list Replay`. A property has 200 cases,
/// others in every run; when one fails, it prints an `etestProperty (seed, gamma, size)`, which repeats it in place of its `testProperty`.
module DynamicRcnn.Core.Tests.Main

open Expecto

[<EntryPoint>]
let main (arguments: string[]) : int =
    runTestsInAssemblyWithCLIArgs [ FsCheck_Max_Tests 200 ] arguments
