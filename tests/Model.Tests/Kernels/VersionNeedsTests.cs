namespace DynamicRcnn.Model.Tests.Kernels;

/// <summary>Of the package's own library, which is loaded relaxed where this machine's libstdc++ is old.</summary>
public static class VersionNeedsTests
{
    private static readonly byte[] library = File.ReadAllBytes(
        Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so")
    );

    [Fact]
    public static void One_flag_changes_and_the_version_is_still_named_once()
    {
        byte[] before = [.. library];
        byte[] relaxed = VersionNeeds.Relaxed(library, "GLIBCXX_3.4.32");
        Assert.Equal(before, library);
        int changed = Assert.Single(Enumerable.Range(0, library.Length), place => library[place] != relaxed[place]);
        Assert.Equal(library[changed] | 2, relaxed[changed]);
        Assert.Equal(relaxed, VersionNeeds.Relaxed(relaxed, "GLIBCXX_3.4.32"));
    }

    [Fact]
    public static void A_version_that_is_not_asked_for_is_refused()
    {
        foreach (string other in new[] { "GLIBCXX_3.4.3", "GLIBCXX_3.4.320", "" })
            Assert.Contains(
                $"asks for {other} 0 times",
                Assert.Throws<InvalidDataException>(() => VersionNeeds.Relaxed(library, other)).Message,
                StringComparison.Ordinal
            );
    }
}
