module DynamicRcnn.Core.Tests.Configuration.BudgetTests

open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open Expecto
open Expecto.ExpectoFsCheck
open FsCheck

let private resolve (preset: string) (sets: string list) : ResolvedConfig =
    ConfigText.resolve {
        Preset = preset
        Layers = [||]
        Sets = Array.ofList sets
        Options = [||]
    }
    |> _.Value

let private originOf (path: string) (resolved: ResolvedConfig) : ConfigOrigin =
    resolved.Origins |> Array.find (fun origin -> origin.Path = path)

[<Tests>]
let tests =
    testList "Configuration.Budget" [
        test "a shorter run has its milestones, warm-up and updates in proportion, and says where they are from" {
            let own = resolve "r50-c4-small" []
            let quarter = Budget.scale own 500 "--fraction 0.25" false
            equal [| 350; 450 |] quarter.Config.Solver.Milestones
            equal (500, 38) (quarter.Config.Solver.Iterations, quarter.Config.Solver.WarmupIterations)
            equal 12 quarter.Config.Dynamic.UpdateInterval

            equal
                {
                    Path = "solver.milestones"
                    Value = "[350, 450]"
                    Origin = "--fraction 0.25"
                }
                (originOf "solver.milestones" quarter)

            equal (originOf "solver.momentum" own) (originOf "solver.momentum" quarter)
            // What is given is a part of the schedule too.
            let given = resolve "r50-c4-small" [ "solver.milestones=[1000]" ]
            equal [| 250 |] (Budget.scale given 500 "" false).Config.Solver.Milestones
        }

        test "a longer run keeps its warm-up and updates, and one that has begun its updates" {
            let own = resolve "r50-c4-small" []
            let twice = Budget.scale own 4_000 "--epochs 9" false
            equal [| 2_800; 3_600 |] twice.Config.Solver.Milestones

            equal
                (own.Config.Solver.WarmupIterations, own.Config.Dynamic.UpdateInterval)
                (twice.Config.Solver.WarmupIterations, twice.Config.Dynamic.UpdateInterval)

            equal own.Config.Dynamic.UpdateInterval (Budget.scale own 500 "" true).Config.Dynamic.UpdateInterval
        }

        test "a run that ends earlier keeps its schedule" {
            let own = resolve "r50-c4-small" []
            let ended = Budget.endAfter own 50 "--hours 1, measured first"
            equal own.Config.Solver.Milestones ended.Config.Solver.Milestones
            equal 50 ended.Config.Solver.Iterations
            equal "--hours 1, measured first" (originOf "solver.iterations" ended).Origin
        }

        testProperty "every length of three iterations or more ends at the last rate of its preset, and is valid"
        <| fun (PositiveInt length) (NonNegativeInt place) ->
            let preset = Presets.names[place % Presets.names.Length]
            let own = resolve preset []
            let scaled = Budget.scale own (length + 2) "" false

            let last (resolved: ResolvedConfig) =
                LearningRate.at resolved.Config.Solver resolved.Config.Solver.Iterations

            let warm =
                scaled.Config.Solver.WarmupIterations < scaled.Config.Solver.Iterations - 1

            equal [] (ConfigRules.errors scaled.Config)
            warm && abs (last scaled / last own - 1.0) < 1e-9
    ]
