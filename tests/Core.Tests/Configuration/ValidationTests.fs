module DynamicRcnn.Core.Tests.Configuration.ValidationTests

open System
open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open Expecto

[<Tests>]
let tests =
    testList "Configuration.Validation" [
        test "gathering keeps every error in order, and every value when there is none" {
            equal (Ok [ 1; 2; 3 ]) (Validation.gather [ Ok 1; Ok 2; Ok 3 ])

            equal (Error [ "a"; "b"; "c" ]) (Validation.gather [ Ok 1; Error [ "a" ]; Ok 2; Error [ "b"; "c" ] ])
        }

        testTheory
            "distance counts edits and swaps of neighbours, not case"
            [
                "solver", "solver", 0
                "solver", "sovler", 1
                "solver", "Solver", 0
                "train", "tain", 1
                "kitten", "sitting", 3
                "", "abc", 3
            ]
            (fun (a, b, edits) -> equal edits (Suggestion.distance a b))

        testProperty "distance is symmetric and zero for a text and itself" (fun (a: char list, b: char list) ->
            let a, b = String.Concat a, String.Concat b
            Suggestion.distance a b = Suggestion.distance b a && Suggestion.distance a a = 0)

        test "nothing is suggested for a name that is far from all" {
            equal (Some "train") (Suggestion.nearest [ "train"; "eval" ] "trian")
            equal None (Suggestion.nearest [ "train"; "eval" ] "zebra")
        }

        test "a field is found by its last part wherever it lies" {
            equal (Some "model.backbone.depth") (Suggestion.nearestPath ConfigFields.paths "depth")
            equal (Some "solver.iterations") (Suggestion.nearestPath ConfigFields.paths "iteratons")
        }

        test "an error reads as one sentence" {
            let error = ConfigError.notAllowed "solver.iterations" "-5" "at least 1"
            equal "solver.iterations: got -5, expected at least 1" (string error)

            equal
                "--set: solver.iteratons: no such key; did you mean solver.iterations?"
                (ConfigFields.unknown "solver.iteratons" |> ConfigError.from "--set" |> string)
        }
    ]
