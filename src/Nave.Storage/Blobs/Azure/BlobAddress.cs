namespace Nave.Storage.Blobs.Azure;

/// <summary>The URI of a container, taken apart.</summary>
/// <param name="Container">The container without the signature, and without a slash at the end.</param>
/// <param name="Signature">The query with the signature, without the question mark: never shown.</param>
internal sealed record BlobAddress(Uri Container, string Signature)
{
    /// <summary>Takes the URI of a container apart.</summary>
    /// <exception cref="BlobException">It is not one. The message does not have the query.</exception>
    public static BlobAddress Parse(Uri uri, bool allowHttp)
    {
        var bare = new Uri(uri.GetLeftPart(UriPartial.Path).TrimEnd('/'));
        if (uri.Scheme == Uri.UriSchemeHttp && !allowHttp && !uri.IsLoopback)
        {
            throw Invalid($"'{bare}' is not https; http is permitted to this machine only");
        }

        if (uri.UserInfo.Length > 0 || uri.Fragment.Length > 0)
        {
            throw Invalid("it has a user name or a fragment");
        }

        if (bare.AbsolutePath.Length <= 1)
        {
            throw Invalid($"'{bare}' names an account and no container");
        }

        var query = uri.Query.TrimStart('?');
        if (!query.Split('&').Any(static part => part.StartsWith("sig=", StringComparison.Ordinal) && part.Length > 4))
        {
            throw Invalid($"'{bare}' comes without a shared access signature (sv=…&sig=…)");
        }

        return new BlobAddress(bare, query);
    }

    /// <summary>Makes the URI of a request about the container.</summary>
    public Uri OfContainer(string query) => new($"{Container.AbsoluteUri}?{query}&{Signature}");

    /// <summary>Makes the URI of a request about a blob.</summary>
    /// <param name="name">The blob's name.</param>
    /// <param name="query">What is asked, or empty.</param>
    public Uri OfBlob(string name, string query = "") =>
        new($"{Container.AbsoluteUri}/{Escape(name)}?{(query.Length > 0 ? query + "&" : "")}{Signature}");

    /// <summary>Escapes a blob's name for a path: its slashes stay.</summary>
    internal static string Escape(string name) => string.Join('/', name.Split('/').Select(Uri.EscapeDataString));

    private static BlobException Invalid(string what) => new(BlobError.Invalid, $"The URI of the container is not permitted: {what}.");

    /// <summary>Shows it without the signature.</summary>
    public override string ToString() => Container.ToString();
}
