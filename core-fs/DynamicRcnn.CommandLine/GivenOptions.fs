namespace DynamicRcnn.CommandLine

open System
open System.Globalization

/// What all commands do with their arguments.
module internal GivenOptions =

    let programName = "drcnn"

    let fail (message: string) : Result<'T, CliError> = Error { Message = message }

    let orNull (value: string option) : string | null =
        match value with
        | Some value -> value
        | None -> null

    /// The items of a list "a,b,c".
    let items (list: string option) : string[] =
        match list with
        | Some list -> list.Split(',', StringSplitOptions.TrimEntries)
        | None -> [||]

    /// What one of some names stands for, in any case, as the names of presets and in configurations.
    let named (known: (string * 'T) list) (given: string) : 'T option =
        known
        |> List.tryFind (fun (name, _) -> String.Equals(name, given, StringComparison.OrdinalIgnoreCase))
        |> Option.map snd

    /// A number as configurations write it: a comma is none of its signs.
    let number (text: string) : float option =
        match Double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture) with
        | true, number -> Some number
        | _ -> None
