/// Boxes of 10 x 10 pixels at a place x of an image.
module DynamicRcnn.Core.Tests.Evaluation.PlacedBoxes

open DynamicRcnn.Core

let truthBox id image category x : EvaluationBox = {
    Id = id
    ImageId = image
    CategoryId = category
    X = x
    Y = 0.0
    Width = 10.0
    Height = 10.0
    Area = 100.0
    Crowd = false
}

let detectionBox image category x score : DetectionBox = {
    ImageId = image
    CategoryId = category
    X = x
    Y = 0.0
    Width = 10.0
    Height = 10.0
    Score = score
}
