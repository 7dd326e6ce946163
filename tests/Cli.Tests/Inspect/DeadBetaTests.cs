using DynamicRcnn.Data;
using Xunit;

namespace DynamicRcnn.Cli.Tests.Inspect;

public sealed class DeadBetaTests
{
    [Fact]
    public void The_share_counts_the_sets_of_images_that_reach_the_sum()
    {
        // Of the six pairs of 1, 2, 3, 4 four add up to 5 or more: 1+4, 2+3, 2+4, 3+4.
        Assert.Equal(4 / 6.0, DeadBeta.ShareOfBatches([1, 2, 3, 4], size: 2, least: 5), 1e-12);
    }

    [Fact]
    public void The_share_of_triples_equals_a_plain_count()
    {
        int[] counts = [0, 7, 3, 12, 5, 5, 9, 1];
        int reached = 0;
        int all = 0;
        for (int a = 0; a < counts.Length; a++)
        {
            for (int b = 0; b < a; b++)
            {
                for (int c = 0; c < b; c++)
                {
                    all++;
                    reached += counts[a] + counts[b] + counts[c] >= 15 ? 1 : 0;
                }
            }
        }

        Assert.Equal(reached / (double)all, DeadBeta.ShareOfBatches(counts, size: 3, least: 15), 1e-12);
    }

    [Fact]
    public void Fewer_images_than_a_batch_are_one_batch()
    {
        Assert.Equal(1, DeadBeta.ShareOfBatches([20], size: 2, least: 20), 1e-12);
        Assert.Equal(0, DeadBeta.ShareOfBatches([], size: 2, least: 20));
    }

    [Fact]
    public void Nearly_nine_of_ten_pairs_of_blood_cell_images_have_twenty_boxes()
    {
        // Counted over the whole set (364 images), as docs/method.md says.
        int[] counts =
        [
            .. new[] { "train", "val", "test" }
                .SelectMany(split => DatasetReader.Open(Repository.Shared("data", "bccd"), split).Images)
                .Select(image => image.Boxes.Count),
        ];
        Assert.InRange(DeadBeta.ShareOfBatches(counts, size: 2, least: 20), 0.85, 0.91);
    }
}
