namespace Nave.Fleet.Recovery.Archive;

/// <summary>What an archive holds, each part lines of JSON. The names are those of folders in the archive.</summary>
public static class ArchivePart
{
    /// <summary>Identities with twins: <c>ExportImportDevice</c>, in the order of ids.</summary>
    public const string Registry = "registry";

    /// <summary>Configurations and deployments: <c>ExportImportConfiguration</c>.</summary>
    public const string Configurations = "configurations";

    /// <summary>Individual enrollments.</summary>
    public const string Enrollments = "enrollments";

    /// <summary>Enrollment groups.</summary>
    public const string EnrollmentGroups = "enrollment-groups";

    /// <summary>Gets all parts in the order in which they stand in an archive.</summary>
    public static IReadOnlyList<string> All { get; } = [Registry, Configurations, Enrollments, EnrollmentGroups];
}
