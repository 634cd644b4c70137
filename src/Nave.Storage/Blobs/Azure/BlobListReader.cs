using System.Globalization;
using System.Xml;

namespace Nave.Storage.Blobs.Azure;

/// <summary>Reads the XML of List Blobs with the framework's reader, which resolves nothing and refuses document types.</summary>
internal static class BlobListReader
{
    // 5,000 blobs whose names have 1,024 characters, each with its properties.
    private const long MaxCharacters = 64L * 1024 * 1024;

    private static readonly XmlReaderSettings s_settings = new()
    {
        Async = true,
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersInDocument = MaxCharacters,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
    };

    /// <summary>Reads one page.</summary>
    /// <exception cref="XmlException">It is not a list of blobs.</exception>
    public static async Task<BlobListPage> ReadAsync(Stream body, CancellationToken cancellationToken)
    {
        using var reader = XmlReader.Create(body, s_settings);
        await reader.MoveToContentAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        if (reader.NodeType != XmlNodeType.Element || reader.LocalName != "EnumerationResults")
        {
            throw new XmlException("The root is not EnumerationResults.");
        }

        var items = new List<BlobItem>();
        string? marker = null;
        string? name = null;
        long? length = null;
        DateTimeOffset modified = default;
        var more = await reader.ReadAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        while (more)
        {
            if (reader.NodeType == XmlNodeType.Element)
            {
                switch (reader.LocalName)
                {
                    // Each of these moves past its end, so nothing is skipped below.
                    case "Name" when reader.Depth == 3:
                        var encoded = reader.GetAttribute("Encoded") == "true";
                        var text = await reader.ReadElementContentAsStringAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
                        name = encoded ? Uri.UnescapeDataString(text) : text;
                        continue;
                    case "Content-Length":
                        length = long.TryParse(await TextAsync(), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
                            ? value
                            : throw new XmlException("A Content-Length is not a number.");
                        continue;
                    case "Last-Modified":
                        modified = DateTimeOffset.TryParse(await TextAsync(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
                            ? time
                            : throw new XmlException("A Last-Modified is not a time.");
                        continue;
                    case "NextMarker":
                        marker = await TextAsync();
                        continue;
                }
            }
            else if (reader.NodeType == XmlNodeType.EndElement && reader.LocalName == "Blob")
            {
                items.Add(new BlobItem(name ?? throw new XmlException("A blob has no name."), length ?? throw new XmlException("A blob has no length."), modified));
                (name, length, modified) = (null, null, default);
            }

            more = await reader.ReadAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return new BlobListPage(items, string.IsNullOrEmpty(marker) ? null : marker);

        Task<string> TextAsync() => reader.ReadElementContentAsStringAsync().WaitAsync(cancellationToken);
    }
}
