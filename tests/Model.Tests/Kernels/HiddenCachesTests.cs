namespace DynamicRcnn.Model.Tests.Kernels;

public static class HiddenCachesTests
{
    private const uint Intel = 0x49656E69; // "ineI" of GenuineIntel
    private const uint Amd = 0x69746E65; // "enti" of AuthenticAMD
    private const uint Hygon = 0x6E65476E; // "ngen" of HygonGenuine
    private const uint DataCache = 0x21; // type 1, level 1
    private const uint TwoProcessors = 2;

    /// <summary>A processor by what its leaves say; those that are not named are all zeros.</summary>
    private static bool Hides(uint vendor, params (uint Leaf, CpuidWords Words)[] leaves) =>
        HiddenCaches.In(
            (leaf, _) =>
                leaf == 0
                    ? new CpuidWords(0x1F, 0, 0, vendor)
                    : leaves.FirstOrDefault(each => each.Leaf == leaf, (leaf, default)).Item2
        );

    private static (uint, CpuidWords) Caches(uint leaf) => (leaf, new CpuidWords(DataCache, 0, 0, 0));

    private static (uint, CpuidWords) Topology => (0xB, new CpuidWords(1, TwoProcessors, 0, 0));

    private static (uint, CpuidWords) LastExtended(uint leaf) => (0x80000000, new CpuidWords(leaf, 0, 0, 0));

    [Fact]
    public static void Intels_caches_are_in_leaf_4()
    {
        Assert.False(Hides(Intel, Caches(4), Topology));
        Assert.True(Hides(Intel, Topology));
        Assert.True(Hides(Intel, Caches(0x8000001D), LastExtended(0x8000001D), Topology));
    }

    [Theory]
    [InlineData(Amd)]
    [InlineData(Hygon)]
    public static void AMDs_caches_are_in_an_extended_leaf(uint vendor)
    {
        Assert.False(Hides(vendor, Caches(0x8000001D), LastExtended(0x80000028), Topology));
        Assert.True(Hides(vendor, Caches(4), LastExtended(0x80000028), Topology));
        // What lies past the last leaf says nothing.
        Assert.True(Hides(vendor, Caches(0x8000001D), LastExtended(0x80000008), Topology));
    }

    [Fact]
    public static void A_topology_that_is_not_told_is_a_sign_too() => Assert.True(Hides(Intel, Caches(4)));

    [Fact]
    public static void An_old_processor_without_these_leaves_tells_nothing()
    {
        Assert.True(HiddenCaches.In((leaf, _) => leaf == 0 ? new CpuidWords(2, 0, 0, Intel) : new(~0u, ~0u, ~0u, ~0u)));
    }
}
