namespace DynamicRcnn.Core

/// The plan that is in the program: which method for a data set.
[<RequireQualifiedAccess>]
module ComparePlan =

    /// What the command line calls it.
    [<Literal>]
    let Name = "compare"

    /// Without the schedule: what the second stage, or every stage of a cascade, begins with stays.
    let private standing = [|
        "dynamic.moveThreshold=false"
        "dynamic.moveBeta=false"
        "dynamic.initialIoU=0.5"
    |]

    /// K_I of the cascade of r50-c4-small, and the positives of an image that a stage hands on there.
    let private usualCount, private usualPositives = 25, 32.0

    /// K_I is at most what a stage hands on.
    let private countOf (config: Config) : int =
        let head = config.Model.RoIHead
        let positives = float head.RoIsPerImage * head.PositiveFraction
        min config.Dynamic.TopIoUCount (max 1 (int (float usualCount * positives / usualPositives)))

    /// Two further stages.
    let private cascade (preset: Preset) = [|
        "model.cascade.stageIoUs=[0.6,0.7]"
        "model.cascade.boxCoderStd=[0.05,0.05,0.1,0.1,0.033,0.033,0.067,0.067]"
        "model.cascade.lossWeights=[0.5,0.25]"
        "dynamic.floorIoU=0.5"
        $"dynamic.topIoUCount={countOf preset.Config}"
    |]

    /// For all arms: what makes them what they are called on a preset that is a cascade or a baseline itself.
    let private common = [|
        "dynamic.rule=ProposalsOnly"
        "dynamic.moveThreshold=true"
        "dynamic.moveBeta=true"
        "model.cascade.stageIoUs=[]"
        "model.cascade.boxCoderStd=[]"
        "model.cascade.lossWeights=[]"
    |]

    /// A fixed second stage, the paper's, Cascade R-CNN, and the schedule in every stage of a cascade. `preset`: null for r50-c4-small.
    [<CompiledName "On">]
    let on (preset: string | null) : Parsed<ExperimentPlan> =
        let found =
            match preset with
            | null -> Ok Presets.small
            | name -> Presets.tryFind name

        found
        |> Result.map (fun preset -> {
            Preset = preset.Name
            Sets = common
            Seeds = [| 1; 2; 3 |]
            Arms = [|
                { Name = "fixed"; Sets = standing }
                { Name = "dynamic"; Sets = [||] }
                {
                    Name = "cascade"
                    Sets = Array.append (cascade preset) standing
                }
                {
                    Name = "dynamic-cascade"
                    Sets = Array.append (cascade preset) [| "dynamic.initialIoU=0.5" |]
                }
            |]
        })
        |> Result.mapError (ConfigError.from "--preset")
        |> Parsed.ofError
