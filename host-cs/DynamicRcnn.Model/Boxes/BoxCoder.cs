using DynamicRcnn.Core;

namespace DynamicRcnn.Model;

/// <summary>
/// Boxes relative to reference boxes: (dx, dy) in reference sides, (dw, dh) as logarithms of the ratio of sides, each divided by
/// its standard deviation.
/// </summary>
internal sealed class BoxCoder
{
    /// <summary>A decoded side is at most this many times the reference's.</summary>
    private const double MaxSideRatio = 1000.0 / 16;

    private readonly double[] std;
    private readonly double offset;
    private readonly bool clampBelow;

    /// <param name="std">Standard deviations of dx, dy, dw, dh.</param>
    /// <param name="conventions">Box offset and clamping.</param>
    public BoxCoder(double[] std, Conventions conventions)
    {
        this.std = std;
        offset = conventions.BoxOffset;
        clampBelow = conventions.ClampDeltasBelow;
    }

    /// <summary>Deltas that lead from the references to the boxes. A box without area gives infinite ones.</summary>
    /// <param name="boxes">[..., 4].</param>
    /// <param name="references">[..., 4], proposals or anchors.</param>
    /// <returns>[..., 4].</returns>
    public Tensor Encode(Tensor boxes, Tensor references)
    {
        Tensor[] box = boxes.unbind(-1);
        Tensor[] reference = references.unbind(-1);
        Tensor[] deltas = new Tensor[4];
        for (int axis = 0; axis < 2; axis++)
        {
            (Tensor centre, Tensor side) = CentreAndSide(box, axis);
            (Tensor referenceCentre, Tensor referenceSide) = CentreAndSide(reference, axis);
            deltas[axis] = (centre - referenceCentre) / referenceSide / std[axis];
            deltas[axis + 2] = (side / referenceSide).log() / std[axis + 2];
        }
        return torch.stack(deltas, -1);
    }

    /// <summary>
    /// Boxes at the deltas from the references. With offset 1 the far corner is centre + half a side - 1 (asymmetric on purpose,
    /// as in maskrcnn-benchmark); <see cref="Encode"/> undoes it exactly.
    /// </summary>
    /// <param name="deltas">[..., 4].</param>
    /// <param name="references">[..., 4], broadcastable to the deltas.</param>
    /// <returns>[..., 4], not clipped to an image.</returns>
    public Tensor Decode(Tensor deltas, Tensor references)
    {
        Tensor[] delta = deltas.unbind(-1);
        Tensor[] reference = references.unbind(-1);
        Tensor[] box = new Tensor[4];
        for (int axis = 0; axis < 2; axis++)
        {
            (Tensor referenceCentre, Tensor referenceSide) = CentreAndSide(reference, axis);
            Tensor centre = delta[axis] * std[axis] * referenceSide + referenceCentre;
            Tensor halfSide = Clamp(delta[axis + 2] * std[axis + 2]).exp() * referenceSide * 0.5;
            box[axis] = centre - halfSide;
            box[axis + 2] = centre + halfSide - offset;
        }
        return torch.stack(box, -1);
    }

    /// <summary>The error of the centre that the statistics use: (|dx| + |dy|) / 2.</summary>
    /// <param name="deltas">[..., 4].</param>
    /// <returns>[...].</returns>
    public static Tensor CentreError(Tensor deltas)
    {
        return (deltas.select(-1, 0).abs() + deltas.select(-1, 1).abs()) / 2;
    }

    private Tensor Clamp(Tensor logRatio)
    {
        Scalar limit = Math.Log(MaxSideRatio);
        return clampBelow ? logRatio.clamp((Scalar)(-Math.Log(MaxSideRatio)), limit) : logRatio.clamp(max: limit);
    }

    private (Tensor Centre, Tensor Side) CentreAndSide(Tensor[] box, int axis)
    {
        Tensor side = box[axis + 2] - box[axis] + offset;
        return (box[axis] + side * 0.5, side);
    }
}
