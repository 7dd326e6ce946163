using DynamicRcnn.Core;
using DynamicRcnn.Data;

namespace DynamicRcnn.Cli;

/// <summary>The first pictures of a training with this configuration, as the network would see them, for the page.</summary>
internal static class AugmentedSplit
{
    /// <param name="train">The training split.</param>
    /// <param name="config">What is drawn, and from which seed.</param>
    /// <param name="count">Of the pictures.</param>
    /// <exception cref="DataException">There is nothing to train on.</exception>
    public static InspectedSplit Of(Dataset train, Config config, int count)
    {
        int images = Math.Max(1, config.Data.ImagesPerStep / config.Solver.AccumulationSteps);
        using BatchSource batches = BatchSource.Train(
            train,
            config.Data,
            config.Model.Backbone,
            config.Model.Conventions,
            images,
            config.Run.Seed,
            firstIteration: 1
        );
        Dictionary<long, RgbImage> pictures = [];
        List<ImageRecord> records = [];
        while (records.Count < count)
        {
            ImageBatch batch = batches.Next();
            for (int i = 0; i < batch.Items.Count && records.Count < count; i++)
            {
                BatchItem item = batch.Items[i];
                long id = records.Count + 1;
                pictures.Add(id, batch.Picture(i));
                records.Add(
                    new ImageRecord(
                        id,
                        item.Image.Path,
                        item.Image.FileName,
                        item.Width,
                        item.Height,
                        Boxes(item, config.Model.Conventions.BoxOffset)
                    )
                );
            }
        }
        Dataset seen = new(train.Name, "as trained on", train.Classes, records, []);
        return new InspectedSplit(seen.Split, seen, []) { Picture = image => pictures[image.Id] };
    }

    private static GroundTruthBox[] Boxes(BatchItem item, int offset) =>
        [
            .. item.Labels.Select(
                (label, i) =>
                {
                    float[] corners = item.Boxes[(4 * i)..(4 * (i + 1))];
                    float right = corners[2] + offset;
                    float bottom = corners[3] + offset;
                    double area = (double)(right - corners[0]) * (bottom - corners[1]);
                    return new GroundTruthBox(corners[0], corners[1], right, bottom, label, false, area, i);
                }
            ),
        ];
}
