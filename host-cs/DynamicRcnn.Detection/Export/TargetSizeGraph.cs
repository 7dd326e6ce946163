using DynamicRcnn.Core;
using DynamicRcnn.Data;

namespace DynamicRcnn.Detection;

/// <summary><see cref="TargetSize"/> as nodes of a graph, in the same operations.</summary>
internal static class TargetSizeGraph
{
    /// <param name="data">The evaluation size and its rule.</param>
    /// <param name="height">int64 [1], pixels of the picture.</param>
    /// <param name="width">int64 [1].</param>
    /// <returns>int64 [1] each.</returns>
    public static (OnnxValue Height, OnnxValue Width) Of(DataConfig data, OnnxValue height, OnnxValue width) =>
        data.ResizeRule.IsMMDetection ? OneScale(data, height, width) : ShortSideExact(data, height, width);

    private static (OnnxValue Height, OnnxValue Width) OneScale(DataConfig data, OnnxValue height, OnnxValue width)
    {
        OnnxValue longer = height.Max(width).Cast(OnnxType.Double);
        OnnxValue shorter = height.Min(width).Cast(OnnxType.Double);
        OnnxValue scale = (data.EvaluationMaxSide / longer).Min(data.EvaluationShortSide / shorter);
        return (Rounded(height), Rounded(width));

        OnnxValue Rounded(OnnxValue side) => ((side.Cast(OnnxType.Double) * scale) + 0.5).Cast(OnnxType.Int64).Max(1);
    }

    private static (OnnxValue Height, OnnxValue Width) ShortSideExact(
        DataConfig data,
        OnnxValue height,
        OnnxValue width
    )
    {
        OnnxValue longerSide = height.Max(width);
        OnnxValue shorterSide = height.Min(width);
        OnnxValue longer = longerSide.Cast(OnnxType.Double);
        OnnxValue shorter = shorterSide.Cast(OnnxType.Double);
        OnnxGraph graph = height.Graph;
        OnnxValue wanted = graph.Constant(OnnxType.Double, [1], [data.EvaluationShortSide]);
        OnnxValue most = graph.Constant(OnnxType.Double, [1], [data.EvaluationMaxSide]);
        OnnxValue target = (most * shorter / longer)
            .Round()
            .Where((longer / shorter * wanted).Greater(most), wanted)
            .Cast(OnnxType.Int64);
        OnnxValue isNothing = target < 1;
        OnnxValue isSame = shorterSide.Equal(target);
        OnnxValue scaled = (target.Cast(OnnxType.Double) * longer / shorter).Cast(OnnxType.Int64).Max(1);
        OnnxValue newLonger = longerSide.Where(isSame, most.Cast(OnnxType.Int64).Where(isNothing, scaled));
        OnnxValue newShorter = target.Max(1);
        OnnxValue isTall = width.Less(height);
        return (newLonger.Where(isTall, newShorter), newShorter.Where(isTall, newLonger));
    }
}
