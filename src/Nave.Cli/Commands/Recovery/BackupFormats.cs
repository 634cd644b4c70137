using System.CommandLine;
using Nave.Storage.Blobs;

namespace Nave.Cli.Commands;

/// <summary><c>--format</c>, and the places that blobs are in.</summary>
internal static class BackupFormats
{
    private static readonly Dictionary<string, BackupFormat> s_words = new(StringComparer.OrdinalIgnoreCase)
    {
        ["nave"] = BackupFormat.Nave,
        ["azure-blob"] = BackupFormat.AzureBlob,
        ["az-state"] = BackupFormat.AzState,
    };

    /// <summary>Makes the option.</summary>
    public static Option<BackupFormat> Option()
    {
        var option = new Option<BackupFormat>("--format")
        {
            Description = "nave (default), azure-blob (the blobs of an export job: devices.txt and configurations.txt) or az-state (the file of az iot hub state).",
            HelpName = string.Join('|', s_words.Keys),
            DefaultValueFactory = _ => BackupFormat.Nave,
            CustomParser = result =>
            {
                var text = result.Tokens[^1].Value;
                if (s_words.TryGetValue(text, out var format))
                {
                    return format;
                }

                result.AddError($"--format is '{text}'; permitted are {string.Join(", ", s_words.Keys)}.");
                return BackupFormat.Nave;
            },
        };
        option.CompletionSources.Add([.. s_words.Keys]);
        return option;
    }

    /// <summary>Opens the container of <c>azure-blob</c>: a folder, a <c>file:</c> URI or a container's URI with a signature.</summary>
    /// <exception cref="BlobException">The URI is not one of a container.</exception>
    public static IBlobContainer OpenContainer(string place) =>
        BlobContainers.Open(UriOf(place) ?? new Uri(Path.GetFullPath(place)).AbsoluteUri, new BlobContainerOptions());

    /// <summary>Gets the file that keeps how far an import is: beside a folder or file, in the working folder for a container elsewhere.</summary>
    public static string CheckpointOf(string place) =>
        UriOf(place) is not { } text ? Path.TrimEndingDirectorySeparator(place) + ".import"
            : !Uri.TryCreate(text, UriKind.Absolute, out var uri) ? "nave.import"
            : uri.IsFile ? Path.TrimEndingDirectorySeparator(uri.LocalPath) + ".import"
            : uri.Segments[^1].Trim('/') + ".import";

    // A signature is a secret, which is better in a file than on the command line.
    private static string? UriOf(string place)
    {
        var text = place.StartsWith('@') ? File.ReadAllText(place[1..]).Trim() : place;
        return text.Contains("://", StringComparison.Ordinal) || text.StartsWith("file:", StringComparison.OrdinalIgnoreCase) ? text
            : place.StartsWith('@') ? new Uri(Path.GetFullPath(text)).AbsoluteUri : null;
    }
}
