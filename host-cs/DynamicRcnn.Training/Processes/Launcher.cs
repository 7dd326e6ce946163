namespace DynamicRcnn.Training;

/// <summary>A program that starts the processes of a job, by the variables in which it tells each its place. Empty: it does not say.</summary>
/// <param name="Rank">Place in the job, from 0.</param>
/// <param name="Size">Processes of the job.</param>
/// <param name="LocalRank">Place on the machine, from 0.</param>
/// <param name="LocalSize">Processes on the machine.</param>
internal sealed record Launcher(string Rank, string Size, string LocalRank = "", string LocalSize = "")
{
    private static readonly Launcher torchrun = new("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")
    {
        Job = ["TORCHELASTIC_RUN_ID"],
    };

    /// <summary>In the order in which they are asked, behind torchrun: one may have started the other.</summary>
    private static readonly Launcher[] others =
    [
        // Open MPI
        new("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_LOCAL_RANK", "OMPI_COMM_WORLD_LOCAL_SIZE"),
        // MPICH and Intel MPI
        new("PMI_RANK", "PMI_SIZE", "MPI_LOCALRANKID", "MPI_LOCALNRANKS") { Needs = "MPI_LOCALRANKID" },
        // SLURM, what srun starts; a step may be smaller than the job that it inherits the other variables from
        new("SLURM_PROCID", "SLURM_STEP_NUM_TASKS", "SLURM_LOCALID", "SLURM_NTASKS_PER_NODE")
        {
            Needs = "SLURM_STEP_NUM_TASKS",
            LocalSizes = "SLURM_STEP_TASKS_PER_NODE",
            Machine = "SLURM_NODEID",
            Job = ["SLURM_JOB_ID", "SLURM_STEP_ID"],
        },
        // SLURM without the step's variables, where the script names a meeting point
        new("SLURM_PROCID", "SLURM_NTASKS", "SLURM_LOCALID", "SLURM_NTASKS_PER_NODE")
        {
            Needs = "MASTER_ADDR",
            Job = ["SLURM_JOB_ID", "SLURM_STEP_ID"],
        },
        // MPICH where it names no places on the machine; srun may set the same variables, so SLURM is asked first
        new("PMI_RANK", "PMI_SIZE"),
        // Kubeflow Trainer v2, which starts one process on each machine
        new("PET_NODE_RANK", "PET_NNODES", "", "PET_NPROC_PER_NODE")
        {
            Address = "PET_MASTER_ADDR",
            Port = "PET_MASTER_PORT",
            CountsMachines = true,
        },
        // An indexed Job of Kubernetes, whose number of pods is not in the environment
        new("JOB_COMPLETION_INDEX", "WORLD_SIZE") { Needs = "WORLD_SIZE" },
    ];

    /// <summary>The machine of rank 0.</summary>
    internal string Address { get; private init; } = "MASTER_ADDR";

    /// <summary>A free port of it.</summary>
    internal string Port { get; private init; } = "MASTER_PORT";

    /// <summary>What must be there too: these variables are about in places where nobody starts a job.</summary>
    internal string Needs { get; private init; } = "";

    /// <summary>Processes of each machine, such as 4(x2),3; where it is set it stands above <see cref="LocalSize"/>.</summary>
    internal string LocalSizes { get; private init; } = "";

    /// <summary>Which machine of that list this is, from 0.</summary>
    internal string Machine { get; private init; } = "";

    /// <summary>What tells the job from others of the same machines.</summary>
    internal string[] Job { get; private init; } = [];

    /// <summary>Whether rank and size count machines: each has <see cref="LocalSize"/> processes, which the program starts itself.</summary>
    internal bool CountsMachines { get; private init; }

    /// <summary>Two variables that say the same and must agree.</summary>
    internal IReadOnlyList<(string Name, string Other)> Doubles { get; private init; } = [];

    /// <summary>
    /// The variable that says each thing: torchrun's where it is set. With RANK and WORLD_SIZE nobody else is asked: a launcher may have
    /// started torchrun.
    /// </summary>
    /// <param name="isSet">Whether a variable is in the environment and not empty.</param>
    internal static Launcher Of(Func<string, bool> isSet)
    {
        if (isSet(torchrun.Rank) && isSet(torchrun.Size))
        {
            return torchrun;
        }
        Launcher? other = others.FirstOrDefault(each =>
            isSet(each.Rank) && (each.Needs.Length == 0 || isSet(each.Needs))
        );
        return other is null ? torchrun
            : other.CountsMachines ? other
            : other.Under(torchrun, isSet);
    }

    /// <summary>The same where another one does not say otherwise.</summary>
    private Launcher Under(Launcher upper, Func<string, bool> isSet)
    {
        string Name(string of, string own) => isSet(of) || own.Length == 0 ? of : own;
        return this with
        {
            Rank = Name(upper.Rank, Rank),
            Size = Name(upper.Size, Size),
            LocalRank = Name(upper.LocalRank, LocalRank),
            LocalSize = Name(upper.LocalSize, LocalSize),
            LocalSizes = isSet(upper.LocalSize) ? "" : LocalSizes,
            Doubles =
            [
                .. new[] { (upper.Rank, Rank), (upper.Size, Size) }.Where(pair =>
                    pair.Item1 != pair.Item2 && isSet(pair.Item1) && isSet(pair.Item2)
                ),
            ],
        };
    }
}
