namespace Nave.Cli.Output;

/// <summary>How a status is written on stdout: as other results, or as assignments for a shell.</summary>
internal enum StatusFormat
{
    /// <summary>For people: aligned columns.</summary>
    Table,

    /// <summary>One JSON object.</summary>
    Json,

    /// <summary>Tab-separated values, a header line first.</summary>
    Tsv,

    /// <summary>Assignments: <c>eval "$(nave status -o env)"</c>.</summary>
    Env,
}
