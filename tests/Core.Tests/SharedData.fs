module DynamicRcnn.Core.Tests.SharedData

open System
open System.IO
open Xunit

/// The folder that holds DynamicRcnn.sln, from the tests' program upwards.
let private root =
    let rec find (folder: DirectoryInfo | null) =
        match folder with
        | null -> None
        | folder when File.Exists(Path.Combine(folder.FullName, "DynamicRcnn.sln")) -> Some folder.FullName
        | folder -> find folder.Parent

    find (DirectoryInfo AppContext.BaseDirectory)

/// The text of a file of the shared data beside the project; the test is skipped where that folder is absent.
let read (path: string) : string =
    let folder =
        root |> Option.map (fun root -> Path.Combine(root, "..", "shared", "data"))

    match folder with
    | Some folder when Directory.Exists folder -> File.ReadAllText(Path.Combine(folder, path))
    | _ ->
        Assert.Skip "the shared data (../shared/data) is not beside the project"
        ""
