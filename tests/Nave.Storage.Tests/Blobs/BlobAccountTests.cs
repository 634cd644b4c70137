using Nave.Storage.Blobs;

namespace Nave.Storage.Tests.Blobs;

/// <summary>Connection strings of storage accounts.</summary>
public sealed class BlobAccountTests
{
    private const string Key = "a2V5a2V5a2V5";

    [Theory]
    [InlineData($"DefaultEndpointsProtocol=https;AccountName=store1;AccountKey={Key};EndpointSuffix=core.windows.net", "https://store1.blob.core.windows.net/c")]
    [InlineData($"AccountName=store1;AccountKey={Key}", "https://store1.blob.core.windows.net/c")]
    [InlineData($"AccountName=store1;AccountKey={Key};BlobEndpoint=http://127.0.0.1:10000/store1/;", "http://127.0.0.1:10000/store1/c")]
    public void A_container_s_place_comes_from_the_connection_string(string text, string container) =>
        Assert.Equal(container, BlobAccount.Parse(text).UriOf("c").ToString());

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData($"AccountName=Store_1;AccountKey={Key}")]
    [InlineData("AccountName=store1;AccountKey=not base64")]
    [InlineData($"AccountName=store1;AccountName=store1;AccountKey={Key}")]
    [InlineData($"AccountName=store1;AccountKey={Key};DefaultEndpointsProtocol=http")]
    [InlineData($"AccountName=store1;AccountKey={Key};BlobEndpoint=nowhere")]
    public void A_connection_string_that_is_not_one_is_refused_without_its_key(string text)
    {
        var thrown = Assert.Throws<BlobException>(() => BlobAccount.Parse(text));
        Assert.Equal(BlobError.Invalid, thrown.Error);
        Assert.DoesNotContain(Key, thrown.Message, StringComparison.Ordinal);
    }
}
