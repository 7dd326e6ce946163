using DynamicRcnn.Core;

namespace DynamicRcnn.Detection;

/// <summary>A picture as the backbone sees it.</summary>
/// <param name="Image">float [1, 3, H, W], normalised and padded.</param>
/// <param name="Height">float [1], without the padding.</param>
/// <param name="Width">float [1].</param>
/// <param name="ScaleX">double [1], its pixels for one of the picture that was given.</param>
/// <param name="ScaleY">double [1].</param>
internal sealed record NetworkInput(
    OnnxValue Image,
    OnnxValue Height,
    OnnxValue Width,
    OnnxValue ScaleX,
    OnnxValue ScaleY
);

/// <summary>From what the file is given to what the backbone sees.</summary>
internal static class InputGraph
{
    /// <summary>Bytes of a picture of any size: resized by the profile's rule, normalised, padded.</summary>
    public static NetworkInput OfPicture(OnnxGraph graph, DataConfig data, BackboneConfig backbone)
    {
        OnnxValue image = graph.Input("image", OnnxType.UInt8, "height", "width", "3");
        (OnnxValue fromHeight, OnnxValue fromWidth) = (image.Size(0), image.Size(1));
        (OnnxValue height, OnnxValue width) = TargetSizeGraph.Of(data, fromHeight, fromWidth);
        OnnxValue levels = data.Resampling.IsPillow
            ? PillowGraph.Resize(image, height, width)
            : OpenCvGraph.Resize(image, height, width);
        OnnxValue ordered = backbone.Channels.IsBgr ? levels.Gather(graph.Longs(2, 1, 0), 2) : levels;
        // In double, and then rounded, as the batches of the data layer are.
        OnnxValue normalised = (
            (ordered.Cast(OnnxType.Double) - graph.Constant(OnnxType.Double, [3], backbone.Mean))
            / graph.Constant(OnnxType.Double, [3], backbone.Std)
        ).Cast(OnnxType.Float);
        return Padded(
            normalised.Transpose(2, 0, 1).Unsqueeze(0),
            data,
            width.Cast(OnnxType.Double) / fromWidth.Cast(OnnxType.Double),
            height.Cast(OnnxType.Double) / fromHeight.Cast(OnnxType.Double)
        );
    }

    /// <summary>A picture that is resized and normalised already; boxes are in its pixels.</summary>
    public static NetworkInput OfTensor(OnnxGraph graph, DataConfig data)
    {
        OnnxValue image = graph.Input("image", OnnxType.Float, "1", "3", "height", "width");
        OnnxValue one = graph.Constant(OnnxType.Double, [1], [1]);
        return Padded(image, data, one, one);
    }

    private static NetworkInput Padded(OnnxValue image, DataConfig data, OnnxValue scaleX, OnnxValue scaleY)
    {
        OnnxGraph graph = image.Graph;
        (OnnxValue height, OnnxValue width) = (image.Size(2), image.Size(3));
        OnnxValue ends = OnnxValue.Concat(0, graph.Longs(0, 0, 0, 0, 0, 0), Missing(height), Missing(width));
        return new NetworkInput(
            graph.Node("Pad", OnnxType.Float, [image, ends]),
            height.Cast(OnnxType.Float),
            width.Cast(OnnxType.Float),
            scaleX,
            scaleY
        );

        OnnxValue Missing(OnnxValue side) =>
            ((side + (data.PadMultiple - 1)) / data.PadMultiple * data.PadMultiple) - side;
    }
}
