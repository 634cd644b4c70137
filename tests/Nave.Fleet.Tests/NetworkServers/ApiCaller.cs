using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Nave.Fleet.Tests.NetworkServers;

/// <summary>Calls an API as any program may, without any of the product.</summary>
internal sealed class ApiCaller(Uri baseUri) : IDisposable
{
    private readonly HttpClient _client = new() { BaseAddress = baseUri };

    public string? Token { get; set; }

    public async Task<(int Status, JsonNode? Body, HttpResponseHeaders Headers)> SendAsync(string method, string path, string? body = null, string contentType = "application/json")
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (Token is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        }

        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, contentType);
        }

        using var response = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, text is ['{' or '[', ..] ? JsonNode.Parse(text) : null, response.Headers);
    }

    public async Task<int> StatusAsync(string method, string path, string? body = null) => (await SendAsync(method, path, body)).Status;

    public void Dispose() => _client.Dispose();
}
