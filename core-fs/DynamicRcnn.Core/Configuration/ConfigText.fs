namespace DynamicRcnn.Core

open System

/// From presets, files and the command line to one valid configuration, and back to text.
[<RequireQualifiedAccess>]
module ConfigText =

    let private setOption = "--set"
    let private presetOption = "--preset"
    let private presetPath = "preset"
    let private iterationsPath = "solver.iterations"
    let private milestonesPath = "solver.milestones"
    let private resizeRulePath = "data.resizeRule"
    let private resamplingPath = "data.resampling"

    /// A configuration and the origin of each path.
    type private Draft = {
        Config: Config
        Origins: Map<string, string>
    }

    let private ofPreset (preset: Preset) : Draft = {
        Config = preset.Config
        Origins =
            ConfigFields.paths
            |> List.map (fun path -> path, $"preset {preset.Name}")
            |> Map.ofList
    }

    let private apply (draft: Draft) (given: Given) : Draft = {
        Config = given.Field.Set given.Value draft.Config
        Origins = Map.add given.Field.Path given.Origin draft.Origins
    }

    let private originOf (draft: Draft) (path: string) : string =
        Map.tryFind path draft.Origins |> Option.defaultValue ""

    let private resolved (draft: Draft) : ResolvedConfig = {
        Config = draft.Config
        Origins =
            ConfigFields.all
            |> List.map (fun field -> {
                Path = field.Path
                Value = ConfigValue.text (field.Get draft.Config)
                Origin = originOf draft field.Path
            })
            |> Array.ofList
    }

    /// Errors say where the value came from.
    let private validated (draft: Draft) : Result<ResolvedConfig, ConfigError list> =
        let errors =
            ConfigRules.errors draft.Config
            |> List.map (fun error -> ConfigError.from (originOf draft error.Path) error)

        Validation.require errors (resolved draft)

    let private given (origin: string) (path: string) (value: ConfigValue) : Result<Given, ConfigError list> =
        match ConfigFields.tryFind path with
        | None -> Error [ ConfigFields.unknown path |> ConfigError.from origin ]
        | Some field ->
            match ConfigValue.asKind field.Kind value with
            | Some value ->
                Ok {
                    Field = field
                    Value = value
                    Origin = origin
                }
            | None ->
                Error [
                    ConfigError.notAllowed path $"\"{ConfigValue.text value}\"" (ConfigFields.expected field)
                    |> ConfigError.from origin
                ]

    let private ofSet (text: string) : Result<Given, ConfigError list> =
        match text.IndexOf '=' with
        | -1 ->
            Error [
                ConfigError.notAllowed "" $"\"{text}\"" "path=value"
                |> ConfigError.from setOption
            ]
        | index -> given setOption (text.Substring(0, index).Trim()) (ConfigValue.Text(text.Substring(index + 1)))

    let private ofOption (value: OptionValue) : Result<Given, ConfigError list> =
        given value.Option value.Path value.Value

    /// A field that the command line gives twice.
    let private contradictions (values: Given list) : ConfigError list =
        values
        |> List.groupBy _.Field.Path
        |> List.collect (fun (path, group) ->
            match group with
            | first :: second :: _ ->
                let by = if second.Origin = first.Origin then "" else second.Origin

                [
                    ConfigError.create path (ConfigProblem.GivenTwice by)
                    |> ConfigError.from first.Origin
                ]
            | _ -> [])

    /// What is written outside the preset, in the order in which it applies, and everything that is wrong with it.
    let private written (sources: ConfigSources) : Given list * ConfigError list =
        let documents = sources.Layers |> List.ofArray |> List.map ConfigJson.read

        let commandLine =
            List.append
                (sources.Options |> List.ofArray |> List.map ofOption)
                (sources.Sets |> List.ofArray |> List.map ofSet)

        let values (results: Result<'T, ConfigError list> list) = List.choose Result.toOption results

        let errors (results: Result<'T, ConfigError list> list) =
            List.collect
                (function
                | Ok _ -> []
                | Error errors -> errors)
                results

        List.append (documents |> values |> List.collect _.Values) (values commandLine),
        List.concat [ errors documents; errors commandLine; contradictions (values commandLine) ]

    /// The text of the last value given to a path, and its origin.
    let private lastText (path: string) (values: Given list) : (string * string) option =
        values
        |> List.tryFindBack (fun given -> given.Field.Path = path)
        |> Option.map (fun given -> ConfigValue.text given.Value, given.Origin)

    /// A file with errors may have named a preset: then its errors are all there is to say.
    let private findPreset
        (sources: ConfigSources)
        (values: Given list)
        (errors: ConfigError list)
        : Result<Preset * string, ConfigError list> =
        let isFile (error: ConfigError) =
            sources.Layers |> Array.exists (fun layer -> layer.FileName = error.Source)

        let named =
            match sources.Preset with
            | null -> lastText presetPath values
            | name -> Some(name, presetOption)

        match named with
        | Some(name, origin) ->
            Presets.tryFind name
            |> Result.map (fun preset -> preset, origin)
            |> Result.mapError (fun error -> [ ConfigError.from origin error ])
        | None when List.exists isFile errors -> Error []
        | None ->
            let names = String.concat ", " Presets.names

            Error [
                ConfigError.notAllowed
                    presetPath
                    "none"
                    $"one of {names}, by {presetOption} NAME or by \"{presetPath}\" in the configuration file"
            ]

    /// The preset's milestones keep their place in the run when its length is given and they are not.
    let private scaleMilestones (preset: Preset) (values: Given list) (draft: Draft) : Draft =
        match lastText iterationsPath values, lastText milestonesPath values with
        | Some(_, origin), None ->
            let before, after = preset.Config.Solver, draft.Config.Solver
            let ratio = float after.Iterations / float before.Iterations

            let scaled =
                before.Milestones
                |> Array.map (fun milestone -> max 1 (int (Math.Round(float milestone * ratio))))
                |> Array.distinct

            {
                Config = {
                    draft.Config with
                        Solver.Milestones = scaled
                }
                Origins = Map.add milestonesPath $"derived from {origin}" draft.Origins
            }
        | _ -> draft

    /// Learning rate and length follow the images of a step where the configuration says so.
    let private scaleSchedule (preset: Preset) (values: Given list) (draft: Draft) : Draft * ConfigError list =
        let isGiven (path: string) = (lastText path values).IsSome

        match ScheduleScaling.apply preset isGiven draft.Config with
        | Error error -> draft, [ ConfigError.from (originOf draft error.Path) error ]
        | Ok(config, derived) ->
            let origins =
                derived
                |> List.fold (fun origins path -> Map.add path "derived from data.imagesPerStep" origins) draft.Origins

            { Config = config; Origins = origins }, []

    let private usualResampling (rule: ResizeRule) : ResamplingRule =
        match rule with
        | ResizeRule.Official -> ResamplingRule.Pillow
        | ResizeRule.MMDetection -> ResamplingRule.OpenCV

    /// The rule of sizes names the resampling where nothing else does: there was one field for both once.
    let private followResizeRule (values: Given list) (draft: Draft) : Draft =
        match lastText resizeRulePath values, lastText resamplingPath values with
        | Some _, None -> {
            Config = {
                draft.Config with
                    Data.Resampling = usualResampling draft.Config.Data.ResizeRule
            }
            Origins = Map.add resamplingPath $"derived from {resizeRulePath}" draft.Origins
          }
        | _ -> draft

    /// All errors of both, or the result.
    let private orErrors
        (errors: ConfigError list)
        (result: Result<'T, ConfigError list>)
        : Result<'T, ConfigError list> =
        Validation.map2 (fun () value -> value) (Validation.require errors ()) result

    /// One valid configuration, or everything that is wrong with its sources. A length of the run that is given without
    /// milestones scales the preset's.
    [<CompiledName "Resolve">]
    let resolve (sources: ConfigSources) : Parsed<ResolvedConfig> =
        let values, errors = written sources

        findPreset sources values errors
        |> Result.bind (fun (preset, origin) ->
            let draft, errors =
                values |> List.fold apply (ofPreset preset) |> scaleSchedule preset values

            let draft = draft |> scaleMilestones preset values |> followResizeRule values

            validated {
                Config = {
                    draft.Config with
                        Preset = preset.Name
                }
                Origins = Map.add presetPath origin draft.Origins
            }
            |> orErrors errors)
        |> orErrors errors
        |> Parsed.ofErrors

    /// The text of a run's config.json: every value and its origin.
    [<CompiledName "Write">]
    let write (resolved: ResolvedConfig) : string = ConfigJson.write resolved

    let private missing (document: ConfigDocument) : ConfigError list =
        let given = document.Values |> List.map _.Field.Path |> Set.ofList

        let given =
            if given.Contains resizeRulePath then
                given.Add resamplingPath
            else
                given

        ConfigFields.paths
        |> List.filter (fun path -> not (given.Contains path))
        |> List.map (fun path -> ConfigError.create path ConfigProblem.Missing)

    /// Reads what `write` wrote. Fields that the text lacks, because a later version added them, take the value of the
    /// preset that it names; without such a preset they are missing. The resampling follows the rule of sizes.
    [<CompiledName "ReadBack">]
    let readBack (layer: ConfigLayer) : Parsed<ResolvedConfig> =
        ConfigJson.read layer
        |> Result.bind (fun document ->
            let known =
                lastText presetPath document.Values
                |> Option.bind (fst >> Presets.tryFind >> Result.toOption)

            let start, errors =
                match known with
                | Some preset -> ofPreset preset, []
                | None ->
                    {
                        (ofPreset Presets.tinyDemo) with
                            Origins = Map.empty
                    },
                    missing document

            let draft =
                document.Values |> List.fold apply start |> followResizeRule document.Values

            let recorded =
                document.Origins
                |> Map.filter (fun path _ -> Map.containsKey path draft.Origins)

            validated {
                draft with
                    Origins = Map.foldBack Map.add recorded draft.Origins
            }
            |> orErrors (errors |> List.map (ConfigError.from layer.FileName)))
        |> Parsed.ofErrors

    /// The preset that the sources name, as a value like any other.
    let private presetValue (sources: ConfigSources) : Result<Given list, ConfigError list> =
        match sources.Preset with
        | null -> Ok []
        | name ->
            Presets.tryFind name
            |> Result.mapError (ConfigError.from presetOption >> List.singleton)
            |> Result.bind (fun preset -> given presetOption presetPath (ConfigValue.Text preset.Name))
            |> Result.map List.singleton

    /// A recorded configuration changed by the sources and by nothing else, with the errors of the change.
    let private changed
        (errorsOf: Draft -> ConfigError list)
        (recorded: ResolvedConfig)
        (sources: ConfigSources)
        : Parsed<ResolvedConfig> =
        let values, errors = written sources

        let start = {
            Config = recorded.Config
            Origins =
                recorded.Origins
                |> Array.map (fun origin -> origin.Path, origin.Origin)
                |> Map.ofArray
        }

        presetValue sources
        |> Result.bind (fun preset ->
            let draft =
                List.append preset values
                |> List.filter (fun given -> given.Field.Get recorded.Config <> given.Value)
                |> List.fold apply start
                |> followResizeRule values

            validated draft |> orErrors (errorsOf draft))
        |> orErrors errors
        |> Parsed.ofErrors

    /// A checkpoint's configuration with the sources' changes, for evaluation and prediction.
    [<CompiledName "Adjust">]
    let adjust (recorded: ResolvedConfig) (sources: ConfigSources) : Parsed<ResolvedConfig> =
        changed (fun _ -> []) recorded sources

    /// The configuration of a run that goes on: its own, with the sources' changes. A change of the mathematics is refused.
    [<CompiledName "Resume">]
    let resume (began: ResolvedConfig) (sources: ConfigSources) : Parsed<ResolvedConfig> =
        let refused (draft: Draft) =
            ConfigComparison.resumeErrors began.Config draft.Config
            |> List.map (fun error -> ConfigError.from (originOf draft error.Path) error)

        changed refused began sources
