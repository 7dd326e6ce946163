namespace DynamicRcnn.Core

open System
open System.Collections.Generic
open System.Text.Json

module private CocoProblemLimits =

    /// Problems listed before the rest is only counted.
    let shown = 20

    /// Of a value that is named.
    let characters = 60

/// Reads fields and notes every problem; a value with a problem is a stand-in that never leaves the readers.
[<Sealed>]
type internal CocoFields(file: string) =
    let problems = List<CocoProblem>()
    let changes = Dictionary<string, struct (string * int)>()

    let shorten (text: string) =
        if text.Length <= CocoProblemLimits.characters then
            text
        else
            text.Substring(0, CocoProblemLimits.characters) + "..."

    member _.Note(field: string, value: string, expected: string) : unit =
        problems.Add {
            File = file
            Field = field
            Value = shorten (PythonJson.withoutQuotes value)
            Expected = expected
        }

    member _.Count: int = problems.Count

    /// Another way than the written one in which a place is read.
    member _.Change(place: string, text: string) : unit =
        changes[text] <-
            match changes.TryGetValue text with
            | true, struct (first, count) -> struct (first, count + 1)
            | false, _ -> struct (place, 1)

    member _.HasChange(text: string) : bool = changes.ContainsKey text

    member _.Changes: string[] = [|
        for KeyValue(text, struct (first, count)) in changes ->
            let more = if count > 1 then $" ({count} times, first there)" else ""
            $"{file}: {first} {text}{more}"
    |]

    /// The field of an object, or a note that it is missing.
    member this.Find(element: JsonElement, path: string, name: string, expected: string) : JsonElement voption =
        match element.TryGetProperty name with
        | true, value -> ValueSome value
        | false, _ ->
            this.Note($"{path}{name}", "missing", expected)
            ValueNone

    /// A finite number.
    member this.Number(value: JsonElement, field: string) : float =
        match value.ValueKind with
        | JsonValueKind.Number when Double.IsFinite(value.GetDouble()) -> value.GetDouble()
        | _ ->
            this.Note(field, value.GetRawText(), "a finite number")
            0.0

    member this.NumberField(element: JsonElement, path: string, name: string) : float =
        match this.Find(element, path, name, "a finite number") with
        | ValueSome value -> this.Number(value, path + name)
        | ValueNone -> 0.0

    /// A whole number; 7.0 is one.
    member _.TryWhole(value: JsonElement) : int64 voption =
        if value.ValueKind <> JsonValueKind.Number then
            ValueNone
        else
            match value.TryGetInt64(), value.GetDouble() with
            | (true, whole), _ -> ValueSome whole
            | _, number when Math.Abs number < 9e15 && number = Math.Floor number -> ValueSome(int64 number)
            | _ -> ValueNone

    member this.WholeField(element: JsonElement, path: string, name: string) : int64 =
        match this.Find(element, path, name, "a whole number") with
        | ValueNone -> 0L
        | ValueSome value ->
            this.TryWhole value
            |> ValueOption.defaultWith (fun () ->
                this.Note(path + name, value.GetRawText(), "a whole number")
                0L)

    /// [x, y, width, height]
    member this.BoxField
        (element: JsonElement, path: string, leastSide: float)
        : struct (float * float * float * float) =
        let expected =
            "four numbers [x, y, width, height] with width and height of at least 0"

        let field = path + "bbox"

        match this.Find(element, path, "bbox", expected) with
        | ValueNone -> struct (0.0, 0.0, 0.0, 0.0)
        | ValueSome box when box.ValueKind = JsonValueKind.Array && box.GetArrayLength() = 4 ->
            let number (i: int) = this.Number(box[i], $"{field}[{i}]")

            let x, y, width, height = number 0, number 1, number 2, number 3

            if width < leastSide || height < leastSide then
                this.Note(field, box.GetRawText(), expected)

            struct (x, y, width, height)
        | ValueSome box ->
            this.Note(field, box.GetRawText(), expected)
            struct (0.0, 0.0, 0.0, 0.0)

    /// The objects of an array field; anything else in it is noted and left out.
    member this.Objects(array: JsonElement, field: string) : struct (JsonElement * string)[] =
        if array.ValueKind <> JsonValueKind.Array then
            this.Note(field, array.GetRawText(), "an array")
            [||]
        else
            let objects = List<struct (JsonElement * string)>()
            let mutable i = 0

            for element in array.EnumerateArray() do
                let path = $"{field}[{i}]"

                if element.ValueKind = JsonValueKind.Object then
                    objects.Add(struct (element, path + "."))
                else
                    this.Note(path, element.GetRawText(), "an object")

                i <- i + 1

            objects.ToArray()

    /// The result when nothing was noted, else the problems.
    member _.Finish(value: 'T) : Result<'T, CocoProblem[]> =
        if problems.Count = 0 then
            Ok value
        elif problems.Count <= CocoProblemLimits.shown then
            Error(problems.ToArray())
        else
            Error [|
                yield! Seq.truncate CocoProblemLimits.shown problems
                {
                    File = file
                    Field = "the file"
                    Value = $"the place of {problems.Count - CocoProblemLimits.shown} more problems"
                    Expected = "none"
                }
            |]
