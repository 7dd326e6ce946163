module DynamicRcnn.Core.Tests.Repository

open System
open System.IO

/// The folder that holds DynamicRcnn.sln, from the tests' program upwards.
let root: string =
    let rec find (folder: DirectoryInfo | null) : string =
        match folder with
        | null -> invalidOp $"no folder above {AppContext.BaseDirectory} holds DynamicRcnn.sln"
        | folder when File.Exists(Path.Combine(folder.FullName, "DynamicRcnn.sln")) -> folder.FullName
        | folder -> find folder.Parent

    find (DirectoryInfo AppContext.BaseDirectory)

/// A path below that folder.
let path (parts: string list) : string =
    Path.Combine(Array.ofList (root :: parts))
