using DynamicRcnn.Model;

namespace DynamicRcnn.Detection;

// Letters: N images, B boxes.

/// <summary>One pass of a test: the images at one size, and how its pixels become those in which the passes are merged.</summary>
/// <param name="Input">Each image of the batch at this pass's size.</param>
/// <param name="FrameX">Pixels of the merged frame for one of this pass along x.</param>
/// <param name="FrameY">The same along y.</param>
/// <param name="Flipped">Mirrored left to right.</param>
public sealed record TestView(ImageInput Input, double FrameX, double FrameY, bool Flipped)
{
    /// <summary>Boxes of this pass in the merged frame, mirrored back.</summary>
    /// <param name="boxes">[N, B, 4].</param>
    /// <param name="offset">1 where the last pixel counts as part of a box, else 0.</param>
    internal Tensor ToFrame(Tensor boxes, double offset)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return scope.MoveToOuter(Mirrored(boxes, offset) * Scale(boxes));
    }

    /// <summary>Boxes of the merged frame in this pass.</summary>
    /// <param name="boxes">[N, B, 4].</param>
    /// <param name="offset">1 or 0.</param>
    internal Tensor FromFrame(Tensor boxes, double offset)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return scope.MoveToOuter(Mirrored(boxes / Scale(boxes), offset));
    }

    private Tensor Scale(Tensor boxes)
    {
        float[] scale = [(float)FrameX, (float)FrameY, (float)FrameX, (float)FrameY];
        return ops.from_span<float>(scale, [4]).to(boxes.device);
    }

    /// <summary>A left edge becomes a right edge: W - x2 - offset.</summary>
    private Tensor Mirrored(Tensor boxes, double offset)
    {
        if (!Flipped)
            return boxes;
        Tensor last = Input.Sizes.select(1, 1).unsqueeze(1) - offset; // [N, 1]
        Tensor[] box = boxes.unbind(-1);
        return torch.stack([last - box[2], box[1], last - box[0], box[3]], -1);
    }
}
