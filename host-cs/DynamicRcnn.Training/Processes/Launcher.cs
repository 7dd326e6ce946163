namespace DynamicRcnn.Training;

/// <summary>A program that starts the processes of a job and calls their places otherwise than torchrun does. Empty: it does not say.</summary>
/// <param name="Rank">Its variable for RANK.</param>
/// <param name="Size">For WORLD_SIZE.</param>
/// <param name="LocalRank">For LOCAL_RANK.</param>
/// <param name="LocalSize">For LOCAL_WORLD_SIZE.</param>
/// <param name="Needs">What must be there too: these variables are about in places where nobody starts a job.</param>
internal sealed record Launcher(string Rank, string Size, string LocalRank, string LocalSize, string Needs)
{
    internal const string RankName = "RANK";
    internal const string SizeName = "WORLD_SIZE";
    internal const string LocalRankName = "LOCAL_RANK";
    internal const string LocalSizeName = "LOCAL_WORLD_SIZE";
    internal const string AddressName = "MASTER_ADDR";

    private static readonly Launcher torchrun = new(RankName, SizeName, LocalRankName, LocalSizeName, Needs: "");

    /// <summary>In the order in which they are asked.</summary>
    private static readonly Launcher[] others =
    [
        new(
            "OMPI_COMM_WORLD_RANK",
            "OMPI_COMM_WORLD_SIZE",
            "OMPI_COMM_WORLD_LOCAL_RANK",
            "OMPI_COMM_WORLD_LOCAL_SIZE",
            Needs: ""
        ),
        new("SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID", "SLURM_NTASKS_PER_NODE", Needs: AddressName),
        new("JOB_COMPLETION_INDEX", Size: "", LocalRank: "", LocalSize: "", Needs: SizeName),
    ];

    /// <summary>
    /// The variable that says each of the four: torchrun's where it is set. With RANK and WORLD_SIZE nobody else is asked: a launcher may have
    /// started torchrun.
    /// </summary>
    /// <param name="isSet">Whether a variable is in the environment and not empty.</param>
    internal static Launcher Of(Func<string, bool> isSet)
    {
        if (isSet(RankName) && isSet(SizeName))
        {
            return torchrun;
        }
        Launcher? other = others.FirstOrDefault(each =>
            isSet(each.Rank) && (each.Needs.Length == 0 || isSet(each.Needs))
        );
        return other is null
            ? torchrun
            : new Launcher(
                isSet(RankName) ? RankName : other.Rank,
                isSet(SizeName) || other.Size.Length == 0 ? SizeName : other.Size,
                isSet(LocalRankName) || other.LocalRank.Length == 0 ? LocalRankName : other.LocalRank,
                isSet(LocalSizeName) || other.LocalSize.Length == 0 ? LocalSizeName : other.LocalSize,
                other.Needs
            )
            {
                Doubles =
                [
                    .. new[] { (RankName, other.Rank), (SizeName, other.Size) }.Where(pair =>
                        isSet(pair.Item1) && pair.Item2.Length > 0 && isSet(pair.Item2)
                    ),
                ],
            };
    }

    /// <summary>Two variables that say the same and must agree.</summary>
    internal IReadOnlyList<(string Name, string Other)> Doubles { get; private init; } = [];
}
