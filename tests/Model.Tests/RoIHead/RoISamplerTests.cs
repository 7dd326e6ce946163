using static DynamicRcnn.Model.Tests.TestTensors;

namespace DynamicRcnn.Model.Tests.RoIHead;

public static class RoISamplerTests
{
    private static readonly float[] Truth = [10, 10, 50, 50];
    private static readonly float[] Proposed = [12, 10, 52, 50, 60, 60, 90, 90];

    private static Candidates Match(Conventions conventions)
    {
        RoISampler sampler = new(TestConfig.RoIHead(), conventions);
        Proposals proposals = new(Floats([1, 2, 4], Proposed), Bools([1, 2], true, true), torch.zeros([1, 2]));
        return sampler.Match(proposals.Boxes, proposals.Valid, PaddedTruth.From(TestTensors.Truth(0, (Truth, [1]))));
    }

    [Fact]
    public static void Ground_truth_follows_the_proposals_in_the_authors_code_and_precedes_them_in_MMDetections()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Assert.Equal([.. Proposed, .. Truth], Read(Match(TestConfig.Official).Boxes));
        Assert.Equal([.. Truth, .. Proposed], Read(Match(TestConfig.MMDetection).Boxes));
    }

    [Fact]
    public static void The_proposals_are_found_wherever_the_ground_truth_is()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        foreach (Conventions conventions in new[] { TestConfig.Official, TestConfig.MMDetection })
        {
            Candidates candidates = Match(conventions);
            Assert.Equal(Proposed, Read(candidates.OfProposals(candidates.Boxes)));
        }
    }
}
