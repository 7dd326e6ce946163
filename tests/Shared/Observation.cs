namespace DynamicRcnn.Tests;

/// <summary>Looks at libtorch's operators; a test that needs one is skipped where there is none.</summary>
internal static class Observation
{
    public static void Require()
    {
        if (ops.observation_problem is { } problem)
        {
            Xunit.Assert.Skip(problem);
        }
    }
}
