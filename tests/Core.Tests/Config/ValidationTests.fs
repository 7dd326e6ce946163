module DynamicRcnn.Core.Tests.Config.ValidationTests

open System
open DynamicRcnn.Core
open DynamicRcnn.Core.Tests
open Xunit

[<Fact>]
let ``gathering keeps every error in order, and every value when there is none`` () =
    Assert.Equal<Result<int list, string list>>(Ok [ 1; 2; 3 ], Validation.gather [ Ok 1; Ok 2; Ok 3 ])

    Assert.Equal<Result<int list, string list>>(
        Error [ "a"; "b"; "c" ],
        Validation.gather [ Ok 1; Error [ "a" ]; Ok 2; Error [ "b"; "c" ] ]
    )

[<Theory>]
[<InlineData("solver", "solver", 0)>]
[<InlineData("solver", "sovler", 1)>]
[<InlineData("solver", "Solver", 0)>]
[<InlineData("train", "tain", 1)>]
[<InlineData("kitten", "sitting", 3)>]
[<InlineData("", "abc", 3)>]
let ``distance counts edits and swaps of neighbours, not case`` (a: string, b: string, edits: int) =
    Assert.Equal(edits, Suggestion.distance a b)

[<Fact>]
let ``distance is symmetric and zero for a text and itself`` () =
    Property.check (fun (a: char list, b: char list) ->
        let a, b = String.Concat a, String.Concat b
        Suggestion.distance a b = Suggestion.distance b a && Suggestion.distance a a = 0)

[<Fact>]
let ``nothing is suggested for a name that is far from all`` () =
    Assert.Equal(Some "train", Suggestion.nearest [ "train"; "eval" ] "trian")
    Assert.Equal(None, Suggestion.nearest [ "train"; "eval" ] "zebra")

[<Fact>]
let ``a field is found by its last part wherever it lies`` () =
    Assert.Equal(Some "model.backbone.depth", Suggestion.nearestPath ConfigFields.paths "depth")
    Assert.Equal(Some "solver.iterations", Suggestion.nearestPath ConfigFields.paths "iteratons")

[<Fact>]
let ``an error reads as one sentence`` () =
    let error = ConfigError.notAllowed "solver.iterations" "-5" "at least 1"
    Assert.Equal("solver.iterations: got -5, expected at least 1", ConfigError.describe error)

    Assert.Equal(
        "--set: solver.iteratons: no such key; did you mean solver.iterations?",
        ConfigFields.unknown "solver.iteratons"
        |> ConfigError.from "--set"
        |> ConfigError.describe
    )
