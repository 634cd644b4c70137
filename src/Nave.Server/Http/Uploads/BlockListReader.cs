using System.Xml;

namespace Nave.Server.Http.Uploads;

/// <summary>Reads the XML of Put Block List with the framework's reader, which resolves nothing and refuses document types.</summary>
internal static class BlockListReader
{
    // 50,000 blocks, each with an id of 64 bytes in Base64 and its element.
    public const int MaxBytes = 8 * 1024 * 1024;

    private static readonly XmlReaderSettings s_settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersInDocument = MaxBytes,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
        IgnoreWhitespace = true,
    };

    /// <summary>Reads a list.</summary>
    /// <param name="body">The XML.</param>
    /// <returns>The ids in order; <see langword="null"/> if it is not a list of blocks.</returns>
    public static IReadOnlyList<string>? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var reader = XmlReader.Create(new MemoryStream(body.ToArray(), writable: false), s_settings);
            if (reader.MoveToContent() != XmlNodeType.Element || reader.LocalName != "BlockList")
            {
                return null;
            }

            var ids = new List<string>();
            reader.Read();
            while (!reader.EOF)
            {
                if (reader.NodeType == XmlNodeType.EndElement)
                {
                    reader.Read();
                    continue;
                }

                // A block that is committed and one that is not are the same here: all were put for this upload.
                if (reader.NodeType != XmlNodeType.Element || reader.Depth != 1 || reader.LocalName is not ("Latest" or "Uncommitted" or "Committed"))
                {
                    return null;
                }

                ids.Add(reader.ReadElementContentAsString());
            }

            return ids;
        }
        catch (XmlException)
        {
            return null;
        }
    }
}
