module DynamicRcnn.Core.Tests.CocoResultsTextTests

open DynamicRcnn.Core
open Xunit

let private goodTruth =
    """{"images":[{"id":7}],"categories":[{"id":3,"name":"cell"}],
        "annotations":[{"id":1,"image_id":7,"category_id":3,"bbox":[1,2,3,4]}]}"""

let private truth = CoreApi.TryParseGroundTruth("gt.json", goodTruth).Value

let private problemsOfTruth (text: string) =
    CoreApi.TryParseGroundTruth("gt.json", text).Problems |> List.ofSeq

let private problemsOfResults (text: string) =
    CoreApi.TryParseResults("dt.json", text, truth).Problems |> List.ofSeq

[<Fact>]
let ``area and crowd flag have the box's area and no as defaults`` () =
    let box = Assert.Single truth.Boxes
    Assert.Equal(12.0, box.Area)
    Assert.False box.Crowd
    Assert.Equal("cell", truth.Categories[0].Name)

[<Fact>]
let ``every problem is named with file, field, value and expectation`` () =
    let text =
        """{"images":[{"id":"a"}],"categories":[{"id":3}],
            "annotations":[{"image_id":7,"category_id":3,"bbox":[1,2,-3,4]}, 5]}"""

    Assert.Equal<string list>(
        [
            "gt.json: annotations[0].bbox is [1,2,-3,4], expected four numbers [x, y, width, height] with width and height of at least 0"
            "gt.json: annotations[0].id is missing, expected a whole number"
            "gt.json: annotations[1] is 5, expected an object"
            "gt.json: images[0].id is \"a\", expected a whole number"
        ],
        problemsOfTruth text
    )

[<Fact>]
let ``missing parts of the ground truth are named`` () =
    Assert.Equal<string list>(
        [
            "gt.json: annotations is missing, expected an array"
            "gt.json: categories is missing, expected an array"
            "gt.json: images is missing, expected an array"
        ],
        problemsOfTruth "{}"
    )

[<Theory>]
[<InlineData "">]
[<InlineData "[1,">]
[<InlineData "null x">]
let ``broken JSON is one problem with its line`` (text: string) =
    let problem = Assert.Single(problemsOfResults text)
    Assert.Equal("dt.json: line 1 is not valid JSON, expected a complete JSON document", problem)

[<Theory>]
[<InlineData "[]">]
[<InlineData "null">]
[<InlineData "3">]
let ``a ground truth that is no object is refused`` (text: string) =
    Assert.Single(problemsOfTruth text) |> ignore

[<Fact>]
let ``a result on an image that the ground truth lacks is refused`` () =
    let text = """[{"image_id":8,"category_id":3,"bbox":[0,0,1,1],"score":0.5}]"""

    Assert.Equal<string list>(
        [
            "dt.json: [0].image_id is 8, expected the id of an image of the ground truth"
        ],
        problemsOfResults text
    )

[<Fact>]
let ``a score that is no finite number is refused`` () =
    let text = """[{"image_id":7,"category_id":3,"bbox":[0,0,1,1],"score":1e999}]"""
    Assert.Equal<string list>([ "dt.json: [0].score is 1e999, expected a finite number" ], problemsOfResults text)

[<Fact>]
let ``many problems are listed up to twenty and then counted`` () =
    let text = "[" + String.replicate 49 "0," + "0]"
    let problems = problemsOfResults text
    Assert.Equal(21, problems.Length)
    Assert.Equal("dt.json: the file is the place of 30 more problems, expected none", List.last problems)

[<Fact>]
let ``an empty array of results is no detection`` () =
    Assert.Empty(CoreApi.TryParseResults("dt.json", "[]", truth).Value)

[<Fact>]
let ``text that is no valid Unicode is a problem and no fault`` () =
    let text =
        """{"images":[{"id":7}],"categories":[{"id":3,"name":"\ud800"}],"annotations":[]}"""

    Assert.Equal<string list>(
        [ "gt.json: a text is not valid Unicode, expected whole characters" ],
        problemsOfTruth text
    )
