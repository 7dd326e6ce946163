using DynamicRcnn.Data;
using DynamicRcnn.Model;

namespace DynamicRcnn.Detection;

/// <summary>Batches of the data layer as the detector's tensors, on its device. N images, G rows of boxes, at least as many as any image has.</summary>
internal static class Upload
{
    internal static ImageInput Images(ImageBatch batch, torch.Device device)
    {
        int count = batch.Items.Count;
        float[] sizes = [.. batch.Items.SelectMany(item => new float[] { item.Height, item.Width })];
        float[] scales = [.. batch.Items.SelectMany(item => new[] { (float)item.ScaleX, (float)item.ScaleY })];
        long[] ids = [.. batch.Items.Select(item => item.Image.Id)];
        torch.Tensor[] uploaded = ops.upload(
            device,
            ops.from_span<float>(sizes, [count, 2]),
            ops.from_span<long>(ids, [count]),
            ops.from_span<float>(scales, [count, 2])
        );
        torch.Tensor images = DevicePath.IsHost(device.type)
            ? ops.from_span<float>(batch.Normalised(), [count, 3, batch.Height, batch.Width])
            : DeviceImages.Normalised(batch, device);
        return new ImageInput(images, uploaded[0], uploaded[1], uploaded[2]);
    }

    internal static (ImageInput Input, GroundTruth Truth) Training(PaddedPass pass, torch.Device device)
    {
        ImageBatch batch = pass.Batch;
        int count = batch.Items.Count;
        int most = pass.BoxRows;
        float[] boxes = new float[count * most * 4];
        long[] labels = new long[count * most];
        bool[] valid = new bool[count * most];
        for (int image = 0; image < count; image++)
        {
            BatchItem item = batch.Items[image];
            item.Boxes.CopyTo(boxes, image * most * 4);
            for (int box = 0; box < item.Labels.Length; box++)
            {
                labels[(image * most) + box] = item.Labels[box];
                valid[(image * most) + box] = true;
            }
        }
        torch.Tensor[] truth = ops.upload(
            device,
            ops.from_span<float>(boxes, [count, most, 4]),
            ops.from_span<long>(labels, [count, most]),
            ops.from_span<bool>(valid, [count, most])
        );
        return (Images(batch, device), new GroundTruth(truth[0], truth[1], truth[2]));
    }
}
