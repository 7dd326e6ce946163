namespace DynamicRcnn.Core

open System.Collections.Generic

/// Configurations for C# callers: static members over records and arrays. Nothing here throws on data, reads files or
/// looks at the command line; problems are sentences.
[<AbstractClass; Sealed>]
type ConfigApi =

    static member private Parsed(result: Result<'T, ConfigError list>) : Parsed<'T> =
        result
        |> Result.mapError (List.map ConfigError.describe >> Array.ofList)
        |> Parsed

    static member private Sentences(errors: ConfigError list) : IReadOnlyList<string> =
        errors |> List.map ConfigError.describe |> Array.ofList :> IReadOnlyList<string>

    /// All presets, in the order in which a newcomer meets them.
    static member Presets: IReadOnlyList<Preset> =
        Presets.all |> Array.ofList :> IReadOnlyList<Preset>

    /// The preset of a name.
    static member FindPreset(name: string) : Parsed<Preset> =
        Presets.tryFind name |> Result.mapError List.singleton |> ConfigApi.Parsed

    /// The configuration of a preset alone, with origins.
    static member Resolve(preset: string) : Parsed<ResolvedConfig> =
        ConfigApi.Resolve {
            Preset = preset
            Layers = [||]
            Sets = [||]
            Options = [||]
        }

    /// One valid configuration from a preset, files, options and `--set`.
    static member Resolve(sources: ConfigSources) : Parsed<ResolvedConfig> =
        ConfigText.resolve sources |> ConfigApi.Parsed

    /// The configuration of a run that goes on, from its config.json and what the command line changes.
    static member Resume(configJson: ConfigLayer, sources: ConfigSources) : Parsed<ResolvedConfig> =
        ConfigText.readBack configJson
        |> Result.bind (fun began -> ConfigText.resume began sources)
        |> ConfigApi.Parsed

    /// A checkpoint's configuration, for evaluation and prediction, with what the command line changes.
    static member Adjust(configJson: ConfigLayer, sources: ConfigSources) : Parsed<ResolvedConfig> =
        ConfigText.readBack configJson
        |> Result.bind (fun recorded -> ConfigText.adjust recorded sources)
        |> ConfigApi.Parsed

    /// Reads a run's config.json.
    static member Read(configJson: ConfigLayer) : Parsed<ResolvedConfig> =
        ConfigText.readBack configJson |> ConfigApi.Parsed

    /// The text of config.json: every value and where it came from.
    static member Write(resolved: ResolvedConfig) : string = ConfigText.write resolved

    /// What is wrong with a configuration made in code; nothing when it is valid.
    static member Problems(config: Config) : IReadOnlyList<string> =
        match Config.validate config with
        | Ok _ -> [||]
        | Error errors -> ConfigApi.Sentences errors

    /// What a valid configuration lacks for training: a data set, weights where layers are frozen.
    static member TrainingProblems(config: Config) : IReadOnlyList<string> =
        Config.trainingErrors config |> ConfigApi.Sentences

    /// The fields in which two configurations differ.
    static member Differences(before: Config, after: Config) : IReadOnlyList<ConfigDifference> =
        ConfigComparison.differences before after |> Array.ofList :> IReadOnlyList<ConfigDifference>
