using DynamicRcnn.Core;

namespace DynamicRcnn.Model;

/// <summary>RoIAlign from the pyramid level that fits each box's size.</summary>
internal sealed class RoIPooler
{
    /// <summary>The coarsest level that RoIs are pooled from.</summary>
    private const int LastLevel = 5;

    /// <summary>Keeps a size exactly between two levels in the upper one, as both published codes do.</summary>
    private const double LevelEpsilon = 1e-6;

    private readonly RoIHeadConfig head;
    private readonly Conventions conventions;
    private readonly int firstLevel;

    public RoIPooler(RoIHeadConfig head, Conventions conventions, int firstLevel)
    {
        this.head = head;
        this.conventions = conventions;
        this.firstLevel = firstLevel;
    }

    /// <param name="features">P_first .. P6, each [N, C, H, W].</param>
    /// <param name="boxes">[N, S, 4].</param>
    /// <param name="valid">[N, S] bool; other rows give 0.</param>
    /// <returns>[N * S, C, side, side].</returns>
    public Tensor Pool(Tensor[] features, Tensor boxes, Tensor valid)
    {
        Tensor levels = Levels(boxes).masked_fill(valid.logical_not(), -1).view(-1, 1); // [R, 1]
        Tensor image = torch
            .arange(boxes.shape[0], ScalarType.Float32, boxes.device)
            .view(-1, 1)
            .expand(boxes.shape[0], boxes.shape[1])
            .reshape(-1, 1); // [R, 1]
        Tensor flat = boxes.reshape(-1, 4);
        Tensor? pooled = null;
        for (int level = firstLevel; level <= LastLevel; level++)
        {
            // A row of another level is padding for this one: the operator skips it.
            Tensor rois = torch.cat([image.masked_fill(levels.ne(level), -1), flat], 1); // [R, 5]
            pooled = Add(pooled, features[level - firstLevel], rois, 1.0 / (1L << level));
        }
        return pooled!;
    }

    /// <summary>The rows of one level beside those of the levels before it.</summary>
    private Tensor Add(Tensor? pooled, Tensor map, Tensor rois, double scale)
    {
        (int side, int ratio, bool aligned) = (head.PooledSide, head.SamplingRatio, conventions.AlignedRoIAlign);
        bool isPlain = DevicePath.IsHost(map) && map.dtype != ScalarType.Float64 && !map.requires_grad;
        if (pooled is not null && isPlain)
        {
            ops.roi_align_into(pooled, map, rois, scale, ratio, aligned);
            return pooled;
        }
        Tensor rows = ops.roi_align(map, rois, scale, side, side, ratio, aligned);
        return pooled is null ? rows : pooled.add_(rows);
    }

    /// <summary>
    /// A 224-pixel box belongs to level 4, and each halving to one finer (FPN, equation 1). The two published codes write it with
    /// another reference size, which moves the epsilon.
    /// </summary>
    /// <param name="boxes">[..., 4].</param>
    /// <returns>[...] float32 levels.</returns>
    public Tensor Levels(Tensor boxes)
    {
        (double side, int sideLevel) = conventions.BoxOffset == 1 ? (224.0, 4) : (56.0, 2);
        Tensor[] box = boxes.unbind(-1);
        Tensor width = box[2] - box[0] + conventions.BoxOffset;
        Tensor height = box[3] - box[1] + conventions.BoxOffset;
        Tensor level = torch.log2((width * height).clamp_min(0).sqrt() / side + LevelEpsilon) + sideLevel;
        return torch.floor(level).clamp((Scalar)firstLevel, (Scalar)LastLevel);
    }
}
