using System.Runtime.CompilerServices;
using Nave.Api;

namespace Nave.Fleet.Recovery.Archive;

/// <summary>Leaves out devices that are not wanted, and their modules.</summary>
internal static class WantedLines
{
    /// <summary>Filters a stream in which modules follow their device.</summary>
    public static async IAsyncEnumerable<ExportImportDevice> Of(
        IAsyncEnumerable<ExportImportDevice> lines, Func<ExportImportDevice, bool>? isWanted, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? wanted = null;
        await foreach (var line in lines.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            if (isWanted is not null)
            {
                if (string.IsNullOrEmpty(line.ModuleId))
                {
                    wanted = isWanted(line) ? line.Id : null;
                }

                if (line.Id != wanted)
                {
                    continue;
                }
            }

            yield return line;
        }
    }
}
