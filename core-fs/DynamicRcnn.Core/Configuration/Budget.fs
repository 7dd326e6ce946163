namespace DynamicRcnn.Core

open System

/// A run's length by something else than iterations: the schedule of its configuration, stretched or pressed to it.
[<RequireQualifiedAccess>]
module Budget =

    /// So few iterations say little: a shorter run updates IoU threshold and beta more often, but not more often than this.
    let private leastUpdateInterval = 10

    /// Each before the end and before the next one, so that the run ends at its last rate; what finds no place is left out.
    let private milestones (iterations: int) (ratio: float) (solver: SolverConfig) : int[] =
        let place (milestone: int) (later: int list) : int list =
            let before = later |> List.tryHead |> Option.defaultValue iterations

            min (int (Math.Round(float milestone * ratio))) (before - 1)
            |> max 0
            |> (fun at -> at :: later)

        Array.foldBack place solver.Milestones []
        |> List.filter (fun at -> at >= 1)
        |> List.distinct
        |> Array.ofList

    /// A number of iterations that a shorter run has fewer of, and a longer one as many.
    let private pressed (least: int) (ratio: float) (count: int) : int =
        if ratio >= 1.0 then
            count
        else
            min count (max least (int (Math.Round(float count * ratio))))

    let private withOrigins (origin: string) (after: Config) (resolved: ResolvedConfig) : ResolvedConfig =
        let changed =
            ConfigComparison.differences resolved.Config after
            |> List.map (fun difference -> difference.Path, difference.After)
            |> Map.ofList

        {
            Config = after
            Origins =
                resolved.Origins
                |> Array.map (fun before ->
                    match Map.tryFind before.Path changed with
                    | Some value -> {
                        before with
                            Value = value
                            Origin = origin
                      }
                    | None -> before)
        }

    /// The same run with so many iterations and its schedule in proportion: milestones at their shares of the length; a shorter run also has
    /// a shorter warm-up and, unless it has begun, a shorter interval between updates of IoU threshold and beta.
    [<CompiledName "Scale">]
    let scale (resolved: ResolvedConfig) (iterations: int) (origin: string) (hasBegun: bool) : ResolvedConfig =
        let config = resolved.Config
        let ratio = float iterations / float config.Solver.Iterations

        let after = {
            config with
                Solver.Iterations = iterations
                Solver.Milestones = milestones iterations ratio config.Solver
                Solver.WarmupIterations =
                    pressed (min 1 config.Solver.WarmupIterations) ratio config.Solver.WarmupIterations
                Dynamic.UpdateInterval =
                    if hasBegun then
                        config.Dynamic.UpdateInterval
                    else
                        pressed leastUpdateInterval ratio config.Dynamic.UpdateInterval
        }

        withOrigins origin after resolved

    /// The same run, ended after so many iterations of its schedule.
    [<CompiledName "EndAfter">]
    let endAfter (resolved: ResolvedConfig) (iterations: int) (origin: string) : ResolvedConfig =
        let after = {
            resolved.Config with
                Solver.Iterations = iterations
        }

        withOrigins origin after resolved

    /// The same run, evaluated after its last iteration alone, and without its losses on the validation images.
    [<CompiledName "EvaluateAtEnd">]
    let evaluateAtEnd (resolved: ResolvedConfig) (origin: string) : ResolvedConfig =
        let after = {
            resolved.Config with
                Evaluation.Interval = resolved.Config.Solver.Iterations
                Evaluation.ValidationLoss = false
        }

        withOrigins origin after resolved
