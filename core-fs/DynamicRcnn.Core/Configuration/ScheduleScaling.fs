namespace DynamicRcnn.Core

/// The authors' rule for fewer images a step: with a preset's images divided by f, its learning rate is divided by f and
/// its iterations and milestones are multiplied by f. The warm-up and the constants of the dynamic schedule stay.
/// Accumulation steps are divided by f too (at least one remains), so that a pass keeps its images.
[<RequireQualifiedAccess>]
module internal ScheduleScaling =

    let private imagesPath = "data.imagesPerStep"

    /// What follows from the factor: a path, and the change.
    let private rules (preset: SolverConfig) (factor: int) : (string * (SolverConfig -> SolverConfig)) list = [
        "solver.baseLearningRate",
        fun solver -> {
            solver with
                BaseLearningRate = preset.BaseLearningRate / float factor
        }
        "solver.iterations",
        fun solver -> {
            solver with
                Iterations = preset.Iterations * factor
        }
        "solver.milestones",
        fun solver -> {
            solver with
                Milestones = preset.Milestones |> Array.map ((*) factor)
        }
        "solver.accumulationSteps",
        fun solver -> {
            solver with
                AccumulationSteps = max 1 (preset.AccumulationSteps / factor)
        }
    ]

    /// The configuration with what follows from its images per step, and the paths that do. What is given stays as it is;
    /// a number of images that does not divide the preset's is an error.
    let apply (preset: Preset) (isGiven: string -> bool) (config: Config) : Result<Config * string list, ConfigError> =
        let before, images = preset.Config.Data.ImagesPerStep, config.Data.ImagesPerStep
        let divides = images > 0 && before % images = 0
        let factor = if divides then before / images else 1

        let derived =
            rules preset.Config.Solver factor |> List.filter (fst >> isGiven >> not)

        if not config.Solver.ScaleSchedule || derived.IsEmpty || images = before then
            Ok(config, [])
        elif not divides then
            Error(
                ConfigError.notAllowed
                    imagesPath
                    (string images)
                    $"a divisor of the preset's {before}, for solver.scaleSchedule is true"
            )
        else
            Ok(
                {
                    config with
                        Solver = derived |> List.fold (fun solver (_, change) -> change solver) config.Solver
                },
                List.map fst derived
            )
