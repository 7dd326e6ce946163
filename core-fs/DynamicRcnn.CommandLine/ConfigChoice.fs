namespace DynamicRcnn.CommandLine

open DynamicRcnn.Core

/// What the command line says about the configuration: the preset, the files, the assignments, and the fields that options
/// such as `--iterations` set.
type ConfigChoice = {
    /// Null: none is named.
    Preset: string | null
    Files: string[]
    /// Each `path=value`.
    Sets: string[]
    Options: OptionValue[]
} with

    /// Whether a preset or a file names a configuration to start from.
    member this.NamesOne = not (isNull this.Preset) || this.Files.Length > 0

    /// Whether an option names data.
    member this.NamesData =
        this.Options
        |> Array.exists (fun value -> value.Path.StartsWith("data.", System.StringComparison.Ordinal))

    /// What the configuration is made from, with the text of the files.
    member this.Sources(layers: ConfigLayer[]) : ConfigSources = {
        Preset = this.Preset
        Layers = layers
        Sets = this.Sets
        Options = this.Options
    }

[<RequireQualifiedAccess>]
module internal ConfigChoice =

    let none: ConfigChoice = {
        Preset = null
        Files = [||]
        Sets = [||]
        Options = [||]
    }

    /// With one more field set, unless there is no value for it.
    let withOption (option: string) (path: string) (value: ConfigValue option) (choice: ConfigChoice) : ConfigChoice =
        match value with
        | None -> choice
        | Some value -> {
            choice with
                Options = [|
                    yield! choice.Options
                    {
                        Option = option
                        Path = path
                        Value = value
                    }
                |]
          }

    /// Whether an option sets the field.
    let gives (choice: ConfigChoice) (path: string) : bool =
        choice.Options |> Array.exists (fun value -> value.Path = path)

    /// Where data are named.
    let dataPaths = [ "data.path"; "data.train"; "data.val"; "data.test" ]

    /// Other data than those of the detector's run, of which nothing stays once an option names data.
    let replacingData (choice: ConfigChoice) : ConfigChoice =
        let missing = gives choice >> not

        if not choice.NamesData then
            choice
        else
            let cleared =
                dataPaths
                |> List.filter missing
                |> List.fold (fun choice path -> withOption "--data" path (Some(ConfigValue.Text "")) choice) choice

            if missing "data.holdOut" then
                withOption "--data" "data.holdOut" (Some(ConfigValue.Float 0.0)) cleared
            else
                cleared
