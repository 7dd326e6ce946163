namespace DynamicRcnn.Core

/// A configuration file's name, for messages, and its text.
type ConfigLayer = { FileName: string; Text: string }

/// A value that an option of the command line such as `--iterations` gives to a field.
type OptionValue = {
    Option: string
    Path: string
    /// Of the field's kind, or a text to be read as one.
    Value: ConfigValue
}

/// Everything that a configuration is made from. Later wins: preset, files in order, options and `--set`, which may not
/// give one field twice.
type ConfigSources = {
    /// Null: the last file that names a preset decides.
    Preset: string | null
    Layers: ConfigLayer[]
    /// Each `path=value`.
    Sets: string[]
    Options: OptionValue[]
}

/// One value and where it came from: `preset NAME`, a file's name, `--set`, an option, or what it was derived from.
type ConfigOrigin = {
    Path: string
    Value: string
    Origin: string
}

/// A valid configuration that knows where each value came from.
type ResolvedConfig = {
    Config: Config
    /// One for each field, in the order of the records.
    Origins: ConfigOrigin[]
}

/// A field in which two configurations differ.
type ConfigDifference = {
    Path: string
    Before: string
    After: string
    /// Otherwise the difference is one of mathematics.
    MayChangeOnResume: bool
}

/// Comparison of configurations.
[<RequireQualifiedAccess>]
module ConfigComparison =

    /// The fields that differ, in the order of the records.
    [<CompiledName "Differences">]
    let differences (before: Config) (after: Config) : ConfigDifference list =
        ConfigFields.all
        |> List.filter (fun field -> field.Get before <> field.Get after)
        |> List.map (fun field -> {
            Path = field.Path
            Before = ConfigValue.text (field.Get before)
            After = ConfigValue.text (field.Get after)
            MayChangeOnResume = field.MayChangeOnResume
        })

    /// The differences that a resumed run refuses, as errors that name the value it began with.
    let resumeErrors (began: Config) (resumed: Config) : ConfigError list =
        let changeable =
            ConfigFields.all
            |> List.filter _.MayChangeOnResume
            |> List.map _.Path
            |> List.sort
            |> String.concat ", "

        differences began resumed
        |> List.filter (fun difference -> not difference.MayChangeOnResume)
        |> List.map (fun difference ->
            ConfigError.notAllowed
                difference.Path
                difference.After
                $"{difference.Before} as when the run began; a resumed run may change {changeable} alone")
