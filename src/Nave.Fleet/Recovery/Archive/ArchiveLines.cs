using System.Runtime.CompilerServices;
using System.Text.Json.Serialization.Metadata;
using Nave.Api;

namespace Nave.Fleet.Recovery.Archive;

/// <summary>The lines of an archive as what they are.</summary>
public static class ArchiveLines
{
    /// <summary>Reads one part of an archive file.</summary>
    /// <param name="open">Opens the archive; it is closed when reading ends.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="IOException">The archive is damaged.</exception>
    public static IAsyncEnumerable<ExportImportDevice> ReadRegistryAsync(
        Func<CancellationToken, Task<ArchiveReader>> open, CancellationToken cancellationToken = default) =>
        ReadAsync(open, ArchivePart.Registry, ApiJson.Default.ExportImportDevice, cancellationToken);

    /// <summary>Leaves out devices that are not wanted, and their modules, which follow them.</summary>
    public static IAsyncEnumerable<ExportImportDevice> Filter(
        IAsyncEnumerable<ExportImportDevice> lines, Func<ExportImportDevice, bool>? isWanted, CancellationToken cancellationToken = default) =>
        WantedLines.Of(lines, isWanted, cancellationToken);

    /// <summary>Reads the lines of one part.</summary>
    internal static async IAsyncEnumerable<T> ReadAsync<T>(
        Func<CancellationToken, Task<ArchiveReader>> open, string part, JsonTypeInfo<T> type, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class
    {
        var archive = await open(cancellationToken).ConfigureAwait(false);
        await using (archive.ConfigureAwait(false))
        {
            await foreach (var line in archive.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                if (line.Part == part)
                {
                    yield return ApiJson.TryRead(line.Json.Span, type, out var value, out var error)
                        ? value : throw new ArchiveException($"A line of the part '{part}' cannot be read. {error.Message}");
                }
            }
        }
    }

    /// <summary>Checks that a line is what its part holds.</summary>
    /// <returns>What is wrong with it, or <see langword="null"/>.</returns>
    public static string? Check(ArchiveLine line)
    {
        HubError? error = null;
        switch (line.Part)
        {
            case ArchivePart.Registry:
                return !ApiJson.TryRead(line.Json.Span, ApiJson.Default.ExportImportDevice, out var device, out error) ? error.Message
                    : IdentityRules.Check(new IdentityId(device.Id ?? "", string.IsNullOrEmpty(device.ModuleId) ? null : device.ModuleId))?.Message;
            case ArchivePart.Configurations:
                ApiJson.TryRead(line.Json.Span, ApiJson.Default.ExportImportConfiguration, out _, out error);
                break;
            case ArchivePart.Enrollments:
                ApiJson.TryRead(line.Json.Span, ProvisioningJson.Default.IndividualEnrollment, out _, out error);
                break;
            default:
                ApiJson.TryRead(line.Json.Span, ProvisioningJson.Default.EnrollmentGroup, out _, out error);
                break;
        }

        return error?.Message;
    }
}
