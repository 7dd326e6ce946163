module DynamicRcnn.Core.Tests.SharedData

open System.IO
open Expecto

/// The text of a file of the shared data beside the project; the test is skipped where that folder is absent.
let read (path: string) : string =
    let folder = Repository.path [ ".."; "shared"; "data" ]

    if Directory.Exists folder then
        File.ReadAllText(Path.Combine(folder, path))
    else
        skiptest "the shared data (../shared/data) is not beside the project"
