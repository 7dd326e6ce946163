namespace DynamicRcnn.Core

open System
open System.IO
open System.Text.Json

/// What Python's json module writes although JSON has no such numbers: NaN, Infinity and -Infinity.
[<RequireQualifiedAccess>]
module PythonJson =

    let private words = [| "NaN"B; "-Infinity"B; "Infinity"B |]

    let private quote = byte '"'
    let private escape = byte '\\'

    /// The text, as UTF-8, with these words as strings, so that a parser accepts it and its reader can name where they stand; null where
    /// there are no such words.
    [<CompiledName "QuoteNonFinite">]
    let quoteNonFinite (text: byte[]) : byte[] | null =
        use output = new MemoryStream(text.Length + 64)
        let mutable found = false
        let mutable inString = false
        let mutable i = 0

        let wordAt (place: int) =
            words
            |> Array.tryFind (fun word -> text.AsSpan(place).StartsWith(ReadOnlySpan<byte> word))

        while i < text.Length do
            let start = i

            if inString then
                inString <- text[i] <> quote
                i <- min text.Length (i + (if text[i] = escape then 2 else 1))
                output.Write(text, start, i - start)
            else
                match text[i] with
                | 78uy // N
                | 73uy // I
                | 45uy -> // -
                    match wordAt i with
                    | Some word ->
                        found <- true
                        output.WriteByte quote
                        output.Write(word, 0, word.Length)
                        output.WriteByte quote
                        i <- i + word.Length
                    | None ->
                        output.WriteByte text[i]
                        i <- i + 1
                | character ->
                    inString <- (character = quote)
                    output.WriteByte character
                    i <- i + 1

        if found then output.ToArray() else null

    /// Parses a text that is JSON but for such words; none where it is not.
    let tryParse (text: byte[]) : JsonDocument voption =
        match quoteNonFinite text with
        | null -> ValueNone
        | quoted ->
            try
                ValueSome(JsonDocument.Parse(ReadOnlyMemory quoted))
            with :? JsonException ->
                ValueNone

    /// A value as the file writes it: the words' quotes are ours.
    let withoutQuotes (raw: string) : string =
        match raw with
        | "\"NaN\""
        | "\"Infinity\""
        | "\"-Infinity\"" -> raw.Trim '"'
        | _ -> raw
