using DynamicRcnn.Core;

namespace DynamicRcnn.Model;

/// <summary>The anchors of one grid cell at the origin, as (x1, y1, x2, y2) for each ratio in the configured order.</summary>
public static class AnchorShapes
{
    /// <param name="rpn">Scale and ratios.</param>
    /// <param name="conventions">Integer or float anchors.</param>
    /// <param name="stride">Pixels between cells.</param>
    /// <returns>4 numbers for each ratio.</returns>
    public static float[] At(RpnConfig rpn, Conventions conventions, long stride) =>
        [
            .. rpn.AnchorRatios.SelectMany(ratio =>
                conventions.IntegerAnchors
                    ? Integer(rpn.AnchorScale, ratio, stride)
                    : Centred(rpn.AnchorScale, ratio, stride)
            ),
        ];

    /// <summary>MMDetection 2: centred on the grid point.</summary>
    private static float[] Centred(double scale, double ratio, long stride)
    {
        double halfWidth = scale / 2 * stride / Math.Sqrt(ratio);
        double halfHeight = scale / 2 * stride * Math.Sqrt(ratio);
        return [(float)-halfWidth, (float)-halfHeight, (float)halfWidth, (float)halfHeight];
    }

    /// <summary>
    /// maskrcnn-benchmark: the box (0, 0, stride - 1, stride - 1) is reshaped to the ratio with sides rounded half to even, then
    /// scaled about its centre.
    /// </summary>
    private static float[] Integer(double scale, double ratio, long stride)
    {
        double width = Math.Round(Math.Sqrt(stride * stride / ratio), MidpointRounding.ToEven);
        double height = Math.Round(width * ratio, MidpointRounding.ToEven);
        double centre = (stride - 1) / 2.0;
        double halfWidth = (width * scale - 1) / 2;
        double halfHeight = (height * scale - 1) / 2;
        return
        [
            (float)(centre - halfWidth),
            (float)(centre - halfHeight),
            (float)(centre + halfWidth),
            (float)(centre + halfHeight),
        ];
    }
}
