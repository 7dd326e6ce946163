namespace DynamicRcnn.Core

open System.Collections.Generic

/// A value, or every problem with the text it should have come from, one sentence each.
[<Sealed>]
type Parsed<'T> internal (result: Result<'T, string[]>) =

    /// Whether there is a value.
    member _.IsOk = Result.isOk result

    /// The problems; none when there is a value.
    member _.Problems: IReadOnlyList<string> =
        match result with
        | Ok _ -> [||]
        | Error problems -> problems

    /// The value. Ask `IsOk` first: without one this throws with the problems.
    member _.Value: 'T =
        match result with
        | Ok value -> value
        | Error problems -> invalidOp (String.concat "; " problems)

/// From a result whose errors write themselves as sentences.
module internal Parsed =

    let ofErrors (result: Result<'T, #seq<'E>>) : Parsed<'T> =
        result |> Result.mapError (Seq.map string >> Seq.toArray) |> Parsed

    let ofError (result: Result<'T, 'E>) : Parsed<'T> =
        result |> Result.mapError List.singleton |> ofErrors
