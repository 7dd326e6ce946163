using DynamicRcnn.Core;
using DynamicRcnn.Data;

namespace DynamicRcnn.Detection;

/// <summary>Images that go to a GPU as bytes, a quarter of what they are as float32, and are normalised there.</summary>
internal static class DeviceImages
{
    private const int Channels = 3;

    /// <summary>The numbers of <see cref="ImageBatch.Normalised"/>, to the bit. The host does not wait.</summary>
    /// <returns>[N, 3, H, W] float32, in memory [N, H, W, 3].</returns>
    internal static torch.Tensor Normalised(ImageBatch batch, torch.Device device)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        BackboneConfig backbone = batch.Backbone;
        torch.Tensor[] uploaded = ops.upload(
            device,
            Bytes(batch),
            ops.from_span<double>(backbone.Mean, [Channels]),
            ops.from_span<double>(backbone.Std, [Channels])
        );
        (torch.Tensor bytes, torch.Tensor mean, torch.Tensor std) = (uploaded[0], uploaded[1], uploaded[2]);
        torch.Tensor padded = torch.zeros(
            [batch.Pixels.Count, batch.Height, batch.Width, Channels],
            torch.ScalarType.Float32,
            device
        );
        long start = 0;
        for (int i = 0; i < batch.Pixels.Count; i++)
        {
            // An image at a time: in float64, as the host's table is made, a whole batch would take much memory.
            using DisposeScope each = torch.NewDisposeScope();
            (int height, int width) = (batch.Pixels[i].Height, batch.Pixels[i].Width);
            torch.Tensor levels = bytes
                .narrow(0, start, batch.Pixels[i].Pixels.LongLength)
                .view(height, width, Channels);
            levels = batch.Items[i].Flipped ? levels.flip(1) : levels;
            levels = backbone.Channels.IsBgr ? levels.flip(2) : levels;
            torch.Tensor image = padded.select(0, i).narrow(0, 0, height).narrow(1, 0, width);
            image.copy_((levels.to(torch.ScalarType.Float64) - mean) / std);
            start += batch.Pixels[i].Pixels.LongLength;
        }
        return scope.MoveToOuter(padded.permute(0, 3, 1, 2));
    }

    /// <summary>All images, one after the other.</summary>
    private static torch.Tensor Bytes(ImageBatch batch)
    {
        byte[] all = GC.AllocateUninitializedArray<byte>(batch.Pixels.Sum(image => image.Pixels.Length));
        int start = 0;
        foreach (RgbImage image in batch.Pixels)
        {
            image.Pixels.CopyTo(all, start);
            start += image.Pixels.Length;
        }
        return ops.from_bytes(all, [all.Length], torch.ScalarType.Byte);
    }
}
